import { spawn } from "node:child_process";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import * as dpop from "dpop";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addUser,
  OPERATOR_BUNDLE,
  type RunningServer,
  runOperator,
  startServer,
} from "../helpers/process/server";

const PASSWORD = "velvet quarry lamp seventeen";
const ROUNDS = 4;
const WORKERS = 8;
const usernames = ["ada", "grace", "hedy", "radia"];

/** One session as its client knows it: the last tokens whose answer arrived. */
interface KnownSession {
  readonly id: string;
  readonly device: dpop.KeyPair | undefined;
  refreshToken: string;
  /** The answer to the sign-out: arrived, or asked for and unknown. */
  ended: "no" | "unknown" | "yes";
}

let server: RunningServer;
const sessions: KnownSession[] = [];
let signInsSent = 0;

beforeAll(async () => {
  server = await startServer({
    env: { CAPTCHA: "off", LOG_LEVEL: "silent", LIMIT_REFRESHES: "100000", LIMIT_TICKETS: "1000000" },
  });
  for (const name of usernames) await addUser(server, name, PASSWORD);
});

afterAll(() => server.dispose());

async function post(pathname: string, device: dpop.KeyPair | undefined, body: unknown): Promise<Response> {
  return fetch(server.url + pathname, {
    method: "POST",
    headers: { "content-type": "application/json", ...(await proofOf(device, "POST", pathname)) },
    body: JSON.stringify(body),
  });
}

async function proofOf(
  device: dpop.KeyPair | undefined,
  method: string,
  pathname: string,
): Promise<Record<string, string>> {
  return device ? { dpop: await dpop.generateProof(device, server.url + pathname, method) } : {};
}

interface Tokens {
  readonly refresh_token: string;
  readonly session_id: string;
}

async function signIn(username: string, device: dpop.KeyPair | undefined): Promise<KnownSession | undefined> {
  const headers = await proofOf(device, "GET", "/api/auth/get_t");
  const { t } = (await (await fetch(`${server.url}/api/auth/get_t`, { headers })).json()) as { t: string };
  signInsSent += 1;
  const response = await post("/api/auth/login", device, { t, username, password: PASSWORD });
  const tokens = (await response.json()) as Tokens;
  if (response.status !== 200) return undefined;
  const session: KnownSession = {
    id: tokens.session_id,
    device,
    refreshToken: tokens.refresh_token,
    ended: "no",
  };
  sessions.push(session);
  return session;
}

async function refresh(session: KnownSession): Promise<{ status: number; token: string }> {
  const response = await post("/api/auth/refresh-token", session.device, {
    refresh_token: session.refreshToken,
  });
  const body = (await response.json()) as Partial<Tokens>;
  if (response.status === 200) expect(body.session_id).toBe(session.id);
  return { status: response.status, token: body.refresh_token ?? "" };
}

/** Signs in, renews again and again, sometimes signs out; until the service is gone. */
async function work(index: number): Promise<void> {
  const device = index % 2 ? await dpop.generateKeyPair("ES256") : undefined;
  const username = usernames[index % usernames.length] ?? "";
  try {
    for (let turn = 0; ; turn += 1) {
      const session = await signIn(username, device);
      if (!session) continue;
      for (let renewal = 0; renewal < 5; renewal += 1) {
        const { status, token } = await refresh(session);
        expect(status).toBe(200);
        session.refreshToken = token;
      }
      if (turn % 3 !== 2) continue;
      session.ended = "unknown";
      const signedOut = await post("/api/auth/logout", device, { refresh_token: session.refreshToken });
      if (signedOut.status === 204) session.ended = "yes";
    }
  } catch (error) {
    // The connection broke: the service was killed. Anything else is a finding.
    if (!(error instanceof TypeError) && !(error instanceof SyntaxError)) throw error;
  }
}

function readRows<T>(sql: string): T[] {
  const database = new Database(path.join(server.dataDir, "countersign.db"), { readonly: true });
  try {
    return database.prepare(sql).all() as T[];
  } finally {
    database.close();
  }
}

async function checkEverySession(): Promise<void> {
  for (const session of sessions) {
    const answers = await Promise.all([refresh(session), refresh(session), refresh(session)]);
    const statuses = new Set(answers.map(({ status }) => status));
    if (session.ended === "yes") {
      expect([...statuses]).toEqual([401]);
    } else if (session.ended === "no" || statuses.has(200)) {
      // Exactly one live successor, for every caller and any number of calls.
      expect([...statuses]).toEqual([200]);
      expect(new Set(answers.map(({ token }) => token)).size).toBe(1);
      session.refreshToken = answers[0]?.token ?? "";
      session.ended = "no";
    } else {
      session.ended = "yes";
    }
  }
}

function checkTables(): void {
  const rows = readRows<{ id: string; counter: number; endedAt: number | null }>(
    'SELECT "id", "counter", "endedAt" FROM "Session"',
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  expect(byId.size).toBe(rows.length);
  for (const session of sessions) {
    const row = byId.get(session.id);
    // kid.session.counter.MAC
    expect(row?.counter).toBe(Number(session.refreshToken.split(".")[2]));
    expect(row?.endedAt === null).toBe(session.ended === "no");
  }
  // A sign-in whose answer was lost may have left a session; one that was never sent may not.
  expect(rows.length).toBeGreaterThanOrEqual(sessions.length);
  expect(rows.length).toBeLessThanOrEqual(signInsSent);
  const used =
    readRows<{ n: number }>('SELECT count(*) AS n FROM "Ticket" WHERE "consumedAt" IS NOT NULL')[0]?.n ?? 0;
  expect(used).toBeLessThanOrEqual(signInsSent);
  expect(used).toBeGreaterThanOrEqual(rows.length);
  expect(readRows("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  expect(readRows("PRAGMA foreign_key_check")).toEqual([]);
}

describe("a service that is killed in the middle of a burst", () => {
  it.each(Array.from({ length: ROUNDS }, (_, index) => index + 1))(
    "loses and doubles nothing, round %i",
    { timeout: 120_000 },
    async (round) => {
      const known = sessions.length;
      const workers = Array.from({ length: WORKERS }, (_, index) => work(index));
      // Also an account in the making, by a process that is left alone while the service dies beside it.
      const adding = runOperator(server, ["user", "add", `new-${round}`, "--password-stdin"], PASSWORD);
      // When the burst is under way, however slow the machine; then at no moment that anyone has chosen.
      while (sessions.length < known + WORKERS) await sleep(5);
      await sleep(Math.random() * 400);
      await server.kill("SIGKILL");
      await Promise.all(workers);
      expect((await adding).code).toBe(0);

      await server.restart();
      await checkEverySession();
      checkTables();
    },
  );

  it("still has each account once, and each can sign in", async () => {
    const expected = [...usernames, ...Array.from({ length: ROUNDS }, (_, index) => `new-${index + 1}`)];
    const names = readRows<{ username: string }>('SELECT "username" FROM "User"').map(
      ({ username }) => username,
    );
    expect(names.sort()).toEqual(expected.sort());
    expect(readRows('SELECT "username" FROM "User" WHERE "ownerSeat" = 1')).toHaveLength(1);
    for (const name of expected) expect(await signIn(name, undefined)).toBeDefined();
  });
});

describe("an operator's command that is killed at any moment", () => {
  it("leaves an account that is whole, or none", { timeout: 120_000 }, async () => {
    for (const [index, delayInMs] of [150, 400, 600, 800].entries()) {
      const name = `maybe-${index}`;
      await runKilledAfter(["user", "add", name, "--password-stdin"], delayInMs);
      const again = await runOperator(server, ["user", "add", name, "--password-stdin"], PASSWORD);
      // Either it was made, and says so, or it is made now.
      if (again.code !== 0) expect(again.stderr).toContain("already in use");
      expect(await signIn(name, undefined)).toBeDefined();
    }
    expect(readRows("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  });
});

async function runKilledAfter(args: readonly string[], delayInMs: number): Promise<void> {
  const child = spawn(process.execPath, [OPERATOR_BUNDLE, ...args], {
    env: { ...process.env, ...server.env },
  });
  child.stdin.on("error", () => undefined).end(PASSWORD);
  const ended = new Promise((resolve) => child.once("close", resolve));
  await sleep(delayInMs);
  child.kill("SIGKILL");
  await ended;
}
