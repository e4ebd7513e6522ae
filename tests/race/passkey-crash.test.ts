import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import * as dpop from "dpop";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Authenticator } from "../helpers/passkeys/authenticator";
import { addFurtherUser } from "../helpers/process/further-user";
import { type RunningServer, startServer } from "../helpers/process/server";
import { AuthenticatorApp } from "../helpers/second-factor/app";

const PASSWORD = "velvet quarry lamp seventeen";
const ROUNDS = 3;
const WORKERS = 2;
/** In each round; an account has at most 50 passkeys. */
const MAX_TURNS = 14;

/** A call that was sent: the same bytes can be sent again after the service was killed. */
interface Finish {
  readonly kind: "registration" | "sign-in" | "second step";
  readonly send: () => Promise<{ status: number; body: Record<string, unknown> }>;
  /** The status that arrived; undefined: the service died first. */
  status: number | undefined;
  readonly credentialId: string;
}

let server: RunningServer;
let finishes: Finish[];
const people: { username: string; device: dpop.KeyPair; key: Authenticator; token: string }[] = [];

beforeAll(async () => {
  const env = { CAPTCHA: "off", LOG_LEVEL: "silent", LIMIT_TICKETS: "1000000" };
  server = await startServer({ env });
  for (let index = 0; index < WORKERS * 3; index += 1) {
    const username = `ada${index}`;
    await addFurtherUser(server, username, PASSWORD);
    const device = await dpop.generateKeyPair("ES256");
    const key = new Authenticator();
    people.push({ username, device, key, token: "" });
    await prepare(index);
  }
}, 120_000);

afterAll(() => server.dispose());

async function call(
  device: dpop.KeyPair,
  method: "GET" | "POST",
  name: string,
  json?: object,
  token?: string,
) {
  const address = `${server.url}${name}`;
  const proof = await dpop.generateProof(device, address, method, undefined, token);
  const response = await fetch(address, {
    method,
    headers: {
      dpop: proof,
      ...(token ? { authorization: `DPoP ${token}` } : {}),
      ...(json ? { "content-type": "application/json" } : {}),
    },
    ...(json ? { body: JSON.stringify(json) } : {}),
  });
  const text = await response.text();
  return { status: response.status, body: (text ? JSON.parse(text) : {}) as Record<string, unknown> };
}

const origin = () => ({ origin: server.url, rpId: "localhost" });
const ticketFor = async (device: dpop.KeyPair) =>
  (await call(device, "GET", "/api/auth/get_t")).body as {
    t: string;
    passkey_options: { challenge: string };
  };

async function byPassword({ username, device }: (typeof people)[number]) {
  const { t } = await ticketFor(device);
  return call(device, "POST", "/api/auth/login", { t, username, password: PASSWORD });
}

/** Everybody has a passkey; the last third has an app too, so that a password leads to a second step. */
async function prepare(index: number): Promise<void> {
  const person = people[index] as (typeof people)[number];
  const { device, key } = person;
  person.token = String((await byPassword(person)).body.access_token);
  const { body } = await call(device, "POST", "/api/auth/passkeys/options", {}, person.token);
  const credential = key.create(body.options as Parameters<Authenticator["create"]>[0], origin());
  expect((await call(device, "POST", "/api/auth/passkeys", { credential }, person.token)).status).toBe(201);
  if (index < WORKERS * 2) return;
  const { secret } = (await call(device, "POST", "/api/auth/totp", {}, person.token)).body;
  const code = new AuthenticatorApp(secret, { now: () => new Date(), advance: () => {} }).code();
  expect((await call(device, "POST", "/api/auth/totp/confirm", { code }, person.token)).status).toBe(200);
}

async function finish(kind: Finish["kind"], credentialId: string, send: Finish["send"]): Promise<void> {
  const one: Finish = { kind, send, credentialId, status: undefined };
  finishes.push(one);
  one.status = (await send()).status;
}

async function register({ device, token }: (typeof people)[number]): Promise<void> {
  const { body } = await call(device, "POST", "/api/auth/passkeys/options", {}, token);
  const key = new Authenticator();
  const credential = key.create(body.options as Parameters<Authenticator["create"]>[0], origin());
  await finish("registration", key.id, () =>
    call(device, "POST", "/api/auth/passkeys", { credential }, token),
  );
}

async function signIn({ device, key }: (typeof people)[number]): Promise<void> {
  const { t, passkey_options: options } = await ticketFor(device);
  const passkey = key.get(options, origin());
  await finish("sign-in", key.id, () => call(device, "POST", "/api/auth/login", { t, passkey }));
}

async function secondStep(person: (typeof people)[number]): Promise<void> {
  const { device, key } = person;
  const { body } = await byPassword(person);
  const passkey = key.get(body.passkey_options as { challenge: string }, origin());
  const json = { challenge: body.challenge, kind: "passkey", passkey };
  await finish("second step", key.id, () => call(device, "POST", "/api/auth/second-factor", json));
}

const acts = [register, signIn, secondStep];

/** One thing again and again, at most until the service is gone. */
async function work(index: number): Promise<void> {
  const person = people[index] as (typeof people)[number];
  const act = acts[Math.floor(index / WORKERS)] as (typeof acts)[number];
  try {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) await act(person);
  } catch (error) {
    // The connection broke: the service was killed. Anything else is a finding.
    if (!(error instanceof TypeError) && !(error instanceof SyntaxError)) throw error;
  }
}

function read<T>(sql: string): T[] {
  const database = new Database(path.join(server.dataDir, "countersign.db"), { readonly: true });
  try {
    return database.prepare(sql).all() as T[];
  } finally {
    database.close();
  }
}

const countOf = (table: string) => read<{ n: number }>(`SELECT count(*) AS n FROM "${table}"`)[0]?.n ?? 0;

describe("a service that is killed between the beginning and the end of what a passkey does", () => {
  it.each(Array.from({ length: ROUNDS }, (_, index) => index + 1))(
    "has done each whole, or not at all, and once, round %i",
    { timeout: 120_000 },
    async () => {
      finishes = [];
      const before = { sessions: countOf("Session"), passkeys: countOf("Passkey") };
      const workers = people.map((_, index) => work(index));
      const kindsUnderWay = () => new Set(finishes.map(({ kind }) => kind)).size;
      while (kindsUnderWay() < 3) await sleep(5);
      await sleep(Math.random() * 200);
      await server.kill("SIGKILL");
      await Promise.all(workers);
      await server.restart();

      const isThere = new Set(read<{ id: string }>(`SELECT "id" FROM "Passkey"`).map(({ id }) => id));
      const registrations = finishes.filter(({ kind }) => kind === "registration");
      for (const { status, credentialId } of registrations) {
        if (status !== undefined) expect([status, isThere.has(credentialId)]).toEqual([201, true]);
      }
      const kept = registrations.filter(({ credentialId }) => isThere.has(credentialId));
      expect(countOf("Passkey")).toBe(before.passkeys + kept.length);
      const entries = finishes.filter(({ kind }) => kind !== "registration");
      const answered = entries.filter(({ status }) => status !== undefined);
      expect(answered.filter(({ status }) => status !== 200)).toEqual([]);
      // A session whose answer was lost may be there; one that nobody has asked for may not.
      const opened = countOf("Session") - before.sessions;
      expect(opened).toBeGreaterThanOrEqual(answered.length);
      expect(opened).toBeLessThanOrEqual(entries.length);

      // The same bytes once more: what was done is not done again, what was not done may be.
      const passkeys = countOf("Passkey");
      for (const one of finishes) {
        const { status } = await one.send();
        if (one.status !== undefined) expect([one.kind, status >= 400]).toEqual([one.kind, true]);
        const again = await one.send();
        expect([one.kind, again.status >= 400]).toEqual([one.kind, true]);
      }
      expect(countOf("Session") - before.sessions).toBeLessThanOrEqual(entries.length);
      expect(countOf("Passkey") - passkeys).toBeLessThanOrEqual(registrations.length - kept.length);
      expect(read("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
      expect(read("PRAGMA foreign_key_check")).toEqual([]);

      // And everybody goes on.
      for (const [index, person] of people.entries()) await acts[Math.floor(index / WORKERS)]?.(person);
      expect(finishes.slice(-people.length).every(({ status }) => (status ?? 0) < 300)).toBe(true);
    },
  );
});
