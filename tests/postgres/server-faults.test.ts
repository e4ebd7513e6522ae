import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, startCluster } from "../helpers/postgres/cluster";
import { onDatabase, runOn } from "../helpers/postgres/databases";
import { type Line, openLine } from "../helpers/postgres/line";
import { overHttp } from "../helpers/postgres/over-http";
import { findFreePort } from "../helpers/process/free-port";
import { addUser, type RunningServer, startServer } from "../helpers/process/server";
import {
  type Answer,
  APP_URL,
  bearer,
  boundHeaders,
  type Device,
  newDevice,
  PASSWORD,
  proofHeader,
  type TestService,
  type Tokens,
} from "../helpers/service";
import { createQr } from "../helpers/steps/qr";

/** Two built instances. One speaks to PostgreSQL over a line that can fail. */
let cluster: Cluster;
let line: Line;
let servers: readonly RunningServer[];
let behindLine: TestService;
let other: TestService;
let device: Device;
let bound: Tokens;
/** Of before the fault. */
let ticket: unknown;

const asAdmin = (sql: string) => runOn(cluster.url, sql);

beforeAll(async () => {
  const started = await startCluster();
  if (!started) throw new Error("these tests need a PostgreSQL server of their own");
  cluster = started;
  // No superuser, as an installation has it: the server keeps connections back for those.
  await asAdmin("CREATE ROLE countersign LOGIN");
  await asAdmin("CREATE DATABASE countersign OWNER countersign");
  const own = new URL(onDatabase(cluster.url, "countersign"));
  own.username = "countersign";
  line = await openLine(own.href);
  const secrets = { SECRETS: `1:${randomBytes(32).toString("base64url")}` };
  const env = { ...secrets, APP_URL, CAPTCHA: "off", LIMIT_QR_CODES: "10000", LIMIT_LIVE_QR_CODES: "10000" };
  const start = async (DATABASE_URL: string) =>
    startServer({ env: { ...env, DATABASE_URL, PORT: String(await findFreePort()) } });
  servers = await Promise.all([start(line.url), start(own.href)]);
  [behindLine, other] = servers.map(({ env: { PORT } }) => overHttp([`http://localhost:${PORT}`])) as [
    TestService,
    TestService,
  ];
  for (const name of ["ada", "ben"]) await addUser(servers[1] as RunningServer, name, PASSWORD);
  device = await newDevice();
});
afterAll(async () => {
  line?.carryOn();
  for (const server of servers ?? []) await server.dispose();
  await line?.close();
  await cluster?.stop();
});

afterEach(async () => {
  line.carryOn();
  await asAdmin("ALTER ROLE countersign CONNECTION LIMIT -1");
  await setReadOnly(false);
});

async function setReadOnly(isReadOnly: boolean): Promise<void> {
  await asAdmin(`ALTER SYSTEM SET default_transaction_read_only = ${isReadOnly}`);
  await asAdmin("SELECT pg_reload_conf()");
}

const me = (at: TestService, token: string) => at.call("/api/auth/me", { headers: bearer(token) });
const ready = async (at: TestService) => (await at.call("/api/ready")).status;
const refresh = async (at: TestService, { refresh_token }: Tokens, key?: Device) =>
  at.call("/api/auth/refresh-token", {
    json: { refresh_token },
    headers: await proofHeader(key, "POST", "/api/auth/refresh-token", undefined),
  });
const proofFor = (tokens: Tokens) => boundHeaders(device, "GET", "/api/auth/me", tokens.access_token);
const withProof = (at: TestService, headers: Record<string, string>) => at.call("/api/auth/me", { headers });

/** Each kind of call that cannot be answered without the database. */
async function callsOf(at: TestService, plain: Tokens): Promise<Answer[]> {
  return Promise.all([
    at.call("/api/ready"),
    at.call("/api/auth/get_t"),
    at.call("/api/auth/login", { json: { t: ticket, username: "ada", password: PASSWORD } }),
    refresh(at, plain),
    refresh(at, bound, device),
    withProof(at, await proofFor(bound)),
    ...Array.from({ length: 10 }, async () => (await createQr(at)).created),
  ]);
}

function expectUnavailable(answers: readonly Answer[]): void {
  expect(answers.map(({ status, body }) => [status, body.error])).toEqual(
    answers.map(() => [503, "temporarily_unavailable"]),
  );
  for (const { headers } of answers) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
}

/** Everybody is still signed in, what was used stays used, and it takes nobody's hand. */
async function expectToGoOn(plain: Tokens, used: Record<string, string>): Promise<void> {
  for (const at of [behindLine, other]) {
    await expect.poll(() => ready(at), { timeout: 20_000 }).toBe(200);
    expect((await withProof(at, used)).body.error).toBe("invalid_dpop_proof");
    expect((await withProof(at, await proofFor(bound))).status).toBe(200);
    expect((await me(at, plain.access_token)).status).toBe(200);
    expect((await createQr(at)).created.status).toBe(201);
    expect((await at.signIn("ben")).access_token).toBeDefined();
  }
  expect((await refresh(behindLine, plain)).status).toBe(200);
  const next = await refresh(other, bound, device);
  expect(next.status).toBe(200);
  bound = next.body as unknown as Tokens;
  for (const server of servers) {
    expect(() => process.kill(server.pid, 0)).not.toThrow();
    expect(server.output()).not.toContain("an exception that nobody caught");
  }
}

async function signedIn() {
  const plain = await behindLine.signIn("ada");
  bound = await other.signIn("ada", device);
  const used = await proofFor(bound);
  expect((await withProof(other, used)).status).toBe(200);
  ticket = (await other.call("/api/auth/get_t")).body.t;
  return { plain, used };
}

describe("a server that can only be read", () => {
  it("nothing is accepted that had to be written, an end of before holds, and all go on when it can be written", async () => {
    const { plain, used } = await signedIn();
    const gone = await other.signIn("ben");
    await other.call("/api/auth/logout", { json: { refresh_token: gone.refresh_token } });
    const unused = await proofFor(bound);
    await setReadOnly(true);
    for (const at of [behindLine, other]) await expect.poll(() => ready(at)).toBe(503);
    for (const at of [behindLine, other]) expectUnavailable(await callsOf(at, plain));
    // Reads as ever, and right: what had ended has ended.
    expect((await me(behindLine, plain.access_token)).status).toBe(200);
    expect((await me(behindLine, gone.access_token)).status).toBe(401);
    expect((await withProof(other, used)).status).not.toBe(200);
    expect((await withProof(other, unused)).status).toBe(503);
    await setReadOnly(false);
    await expectToGoOn(plain, used);
  });
});

describe("a server that has no connection left", () => {
  it("calls are told to come again, and all go on when there are connections", async () => {
    const { plain, used } = await signedIn();
    await asAdmin("ALTER ROLE countersign CONNECTION LIMIT 0");
    await asAdmin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'countersign'");
    for (const at of [behindLine, other]) await expect.poll(() => ready(at)).toBe(503);
    for (const at of [behindLine, other]) expectUnavailable(await callsOf(at, plain));
    expectUnavailable([await me(other, plain.access_token)]);
    await asAdmin("ALTER ROLE countersign CONNECTION LIMIT -1");
    await expectToGoOn(plain, used);
  });

  it("one that has few left for an instance answers all its calls over those", async () => {
    const { plain, used } = await signedIn();
    await asAdmin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'countersign'");
    await asAdmin("ALTER ROLE countersign CONNECTION LIMIT 6");
    for (const at of [behindLine, other]) await expect.poll(() => ready(at)).toBe(200);
    for (const at of [behindLine, other]) {
      const answers = await Promise.all(Array.from({ length: 40 }, async () => (await createQr(at)).created));
      for (const { status } of answers) expect([201, 503]).toContain(status);
      expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThan(0);
    }
    await asAdmin("ALTER ROLE countersign CONNECTION LIMIT -1");
    await expectToGoOn(plain, used);
  });
});

describe("a network that carries nothing between one instance and the server", () => {
  it("that one tells its callers to come again, the other goes on, and an end meanwhile holds when it is back", async () => {
    const { plain, used } = await signedIn();
    const gone = await behindLine.signIn("ben");
    line.hold();
    const cutOff = callsOf(behindLine, plain);
    await other.call("/api/auth/logout", { json: { refresh_token: gone.refresh_token } });
    for (let round = 0; round < 20; round += 1) {
      expect((await withProof(other, await proofFor(bound))).status).toBe(200);
      expect((await createQr(other)).created.status).toBe(201);
    }
    expectUnavailable(await cutOff);
    expectUnavailable([await me(behindLine, gone.access_token)]);
    line.carryOn();
    await expectToGoOn(plain, used);
    expect((await me(behindLine, gone.access_token)).status).toBe(401);
  });

  it("in the midst of a statement in turn: the other instance waits for it for seconds, and not until the server misses it", async () => {
    const { plain, used } = await signedIn();
    const hasTurn = line.holdAfter("countersign_lock");
    const stuck = Array.from({ length: 40 }, async () => (await createQr(behindLine)).created);
    await hasTurn;
    await expect.poll(async () => (await createQr(other)).created.status, { timeout: 30_000 }).toBe(201);
    const answers = await Promise.all(stuck);
    expectUnavailable(answers.filter(({ status }) => status !== 201));
    expect(answers.map(({ status }) => status)).toContain(503);
    line.carryOn();
    await expectToGoOn(plain, used);
  });

  it("only answers are lost: what was done is not done twice, and a refresh that comes again gets its successor", async () => {
    const { plain, used } = await signedIn();
    const proof = await proofFor(bound);
    line.hold("answers");
    const [refreshed, proven] = await Promise.all([refresh(behindLine, plain), withProof(behindLine, proof)]);
    expectUnavailable([refreshed, proven]);
    line.carryOn();
    await expect.poll(() => ready(behindLine), { timeout: 20_000 }).toBe(200);
    expect((await withProof(behindLine, proof)).body.error).toBe("invalid_dpop_proof");
    const again = [await refresh(behindLine, plain), await refresh(other, plain)];
    expect(again.map(({ status }) => status)).toEqual([200, 200]);
    expect(new Set(again.map(({ body }) => body.refresh_token)).size).toBe(1);
    await expectToGoOn(again[0]?.body as unknown as Tokens, used);
  });
});
