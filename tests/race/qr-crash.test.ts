import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import * as dpop from "dpop";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addUser, type RunningServer, startServer } from "../helpers/process/server";

const PASSWORD = "velvet quarry lamp seventeen";

/** Security bar 64 for QR sign-in: the service is killed between any two steps, and in the middle of each. */
let server: RunningServer;
let phone: { readonly key: dpop.KeyPair; readonly accessToken: string };

beforeAll(async () => {
  server = await startServer({ env: { CAPTCHA: "off", LOG_LEVEL: "silent", ACCESS_TOKEN_LIFETIME: "3600" } });
  await addUser(server, "ada", PASSWORD);
  const key = await dpop.generateKeyPair("ES256");
  const headers = { dpop: await dpop.generateProof(key, `${server.url}/api/auth/get_t`, "GET") };
  const { t } = (await (await fetch(`${server.url}/api/auth/get_t`, { headers })).json()) as { t: string };
  const signedIn = await post("/api/auth/login", key, { t, username: "ada", password: PASSWORD });
  phone = { key, accessToken: String(signedIn.body.access_token) };
});

afterAll(() => server.dispose());

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function post(pathname: string, key: dpop.KeyPair, body: unknown, token?: string): Promise<Answer> {
  const proof = await dpop.generateProof(key, server.url + pathname, "POST", undefined, token);
  const response = await fetch(server.url + pathname, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      dpop: proof,
      ...(token === undefined ? {} : { authorization: `DPoP ${token}` }),
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : (JSON.parse(text) as Answer["body"]) };
}

interface Computer {
  readonly key: dpop.KeyPair;
  readonly qrId: string;
  readonly deviceCode: string;
}

async function create(): Promise<Computer> {
  const key = await dpop.generateKeyPair("ES256");
  const { body } = await post("/api/auth/qr", key, {});
  return { key, qrId: String(body.qr_id), deviceCode: String(body.device_code) };
}

const byPhone = (act: "scan" | "confirm" | "deny", body: unknown) =>
  post(`/api/auth/qr/${act}`, phone.key, body, phone.accessToken);
const scan = ({ qrId }: Computer) => byPhone("scan", { qr_id: qrId });
const confirm = async (computer: Computer) =>
  byPhone("confirm", { ticket: (await scan(computer)).body.ticket });
const redeem = ({ key, deviceCode }: Computer) =>
  post("/api/auth/qr/token", key, { device_code: deviceCode });
const statusOf = async ({ key, deviceCode }: Computer) =>
  (await post("/api/auth/qr/status", key, { device_code: deviceCode })).body.status;

function rows<T>(sql: string, ...values: unknown[]): T[] {
  const database = new Database(path.join(server.dataDir, "countersign.db"), { readonly: true });
  try {
    return database.prepare(sql).all(...values) as T[];
  } finally {
    database.close();
  }
}

/** Sessions that came out of this request: none or one, and only when it is consumed. */
function sessionsOf({ qrId }: Computer): number {
  return rows(
    'SELECT "Session"."id" FROM "Session" JOIN "QrLogin" ON "QrLogin"."sessionId" = "Session"."id" WHERE "QrLogin"."id" = ?',
    qrId,
  ).length;
}

const qrSessionCount = () =>
  rows<{ n: number }>(`SELECT count(*) AS n FROM "Session" WHERE "method" = 'qr'`)[0]?.n ?? 0;

/** Each start takes its seconds on a busy machine. */
const timing = { timeout: 120_000 };

const killAndRestart = () => server.restart({ signal: "SIGKILL" });

describe("killed between any two steps", () => {
  it("goes on where it was: create, scan, confirm, redeem, each in another process", timing, async () => {
    const computer = await create();
    await killAndRestart();
    expect(await statusOf(computer)).toBe("pending");

    const scanned = await scan(computer);
    expect(scanned.status).toBe(200);
    await killAndRestart();
    expect(await statusOf(computer)).toBe("scanned");
    // The same ticket: it is derived from the row, so the phone that lost its page loses nothing.
    expect((await scan(computer)).body.ticket).toBe(scanned.body.ticket);

    expect((await byPhone("confirm", { ticket: scanned.body.ticket })).status).toBe(204);
    await killAndRestart();
    expect(await statusOf(computer)).toBe("approved");
    expect((await byPhone("confirm", { ticket: scanned.body.ticket })).body.error).toBe("ticket_used");

    const granted = await redeem(computer);
    expect(granted.status).toBe(200);
    await killAndRestart();
    expect(await statusOf(computer)).toBe("consumed");
    expect((await redeem(computer)).body.error).toBe("expired_token");
    const renewed = await post("/api/auth/refresh-token", computer.key, {
      refresh_token: granted.body.refresh_token,
    });
    expect(renewed.status).toBe(200);
    expect(sessionsOf(computer)).toBe(1);
  });
});

describe("killed in the middle of a step", () => {
  /** What may be there afterwards; the step was made or it was not. */
  const steps = [
    { name: "scan", before: async () => create(), run: scan, after: ["pending", "scanned"] },
    {
      name: "confirm",
      before: async () => {
        const computer = await create();
        await scan(computer);
        return computer;
      },
      run: confirm,
      after: ["scanned", "approved"],
    },
    {
      name: "redeem",
      before: async () => {
        const computer = await create();
        await confirm(computer);
        return computer;
      },
      run: redeem,
      after: ["approved", "consumed"],
    },
  ] as const;

  let sessionsBefore: number;
  beforeEach(() => {
    sessionsBefore = qrSessionCount();
  });

  it.each(steps)(
    "$name: it was done or it was not, and nothing is doubled",
    timing,
    async ({ before, run, after }) => {
      const computers = await Promise.all(Array.from({ length: 8 }, before));
      const answers = computers.map((computer) => run(computer).catch(() => undefined));
      await sleep(Math.random() * 40);
      await server.kill("SIGKILL");
      const told = await Promise.all(answers);
      await server.restart();

      for (const [index, computer] of computers.entries()) {
        const state = await statusOf(computer);
        expect(after).toContain(state);
        // What was answered as done is done.
        if ((told[index]?.status ?? 500) < 300) expect(state).toBe(after[1]);
        if (state === "pending" || state === "scanned") expect((await confirm(computer)).status).toBe(204);
        const again = await redeem(computer);
        // Tokens come out now unless they came out, or may have come out, before.
        expect(again.status).toBe(state === "consumed" ? 400 : 200);
        expect((await redeem(computer)).status).toBe(400);
        expect(await statusOf(computer)).toBe("consumed");
        const wasDelivered = told[index]?.body.access_token !== undefined || again.status === 200;
        expect(sessionsOf(computer)).toBeLessThanOrEqual(1);
        if (wasDelivered) expect(sessionsOf(computer)).toBe(1);
      }
      const made = qrSessionCount() - sessionsBefore;
      expect(made).toBeLessThanOrEqual(computers.length);
      expect(rows("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
      expect(rows("PRAGMA foreign_key_check")).toEqual([]);
    },
  );
});
