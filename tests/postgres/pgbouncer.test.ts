import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, startCluster } from "../helpers/postgres/cluster";
import { runOn } from "../helpers/postgres/databases";
import { overHttp } from "../helpers/postgres/over-http";
import { hasPgBouncer, type Pooler, startPgBouncer } from "../helpers/postgres/pgbouncer";
import { watchQr } from "../helpers/postgres/waiting";
import { findFreePort } from "../helpers/process/free-port";
import { addUser, type RunningServer, startServer } from "../helpers/process/server";
import {
  APP_URL,
  bearer,
  boundHeaders,
  newDevice,
  PASSWORD,
  proofHeader,
  type TestService,
} from "../helpers/service";
import { byPhone, confirm, createQr, redeem, scan, signedInPhone } from "../helpers/steps/qr";
import { attempt, times } from "../helpers/steps/sign-in";

/** Two built instances behind PgBouncer in transaction mode, which has three connections to PostgreSQL for both. */
const CONNECTIONS = 3;
let cluster: Cluster;
let pooler: Pooler;
let env: Readonly<Record<string, string>>;
let servers: readonly RunningServer[];
let first: TestService;
let second: TestService;
/** Calls go to one after the other. */
let spread: TestService;

const originOf = (server: RunningServer | undefined) => `http://localhost:${server?.env.PORT}`;
const me = async (at: TestService, token: string) =>
  (await at.call("/api/auth/me", { headers: bearer(token) })).status;

describe.runIf(hasPgBouncer)("two instances behind PgBouncer in transaction mode", () => {
  beforeAll(async () => {
    const started = await startCluster();
    if (!started) throw new Error("these tests need a PostgreSQL server that they may crash");
    cluster = started;
    pooler = await startPgBouncer({ serverUrl: cluster.url, connections: CONNECTIONS });
    env = {
      ...{ APP_URL, CAPTCHA: "off", LIMIT_REFRESHES: "1000" },
      DATABASE_URL: `${pooler.url}?pgbouncer=true`,
      SECRETS: `1:${randomBytes(32).toString("base64url")}`,
    };
    const start = async () => startServer({ env: { ...env, PORT: String(await findFreePort()) } });
    servers = await Promise.all([start(), start()]);
    const origins = servers.map(originOf);
    [first, second] = origins.map((origin) => overHttp([origin])) as [TestService, TestService];
    spread = overHttp(origins);
    for (const name of ["ada", "ben", "cleo"]) await addUser(servers[0] as RunningServer, name, PASSWORD);
  });
  afterAll(async () => {
    for (const server of servers ?? []) await server.dispose();
    await pooler?.stop();
    await cluster?.stop();
  });

  it("take each other's tokens, and fifty refreshes over both have one successor, with and without a key", async () => {
    for (const device of [undefined, await newDevice()]) {
      const { refresh_token, access_token } = await first.signIn("ada", device);
      if (!device) expect(await me(second, access_token)).toBe(200);
      const answers = await times(50, async () => {
        const headers = await proofHeader(device, "POST", "/api/auth/refresh-token", undefined);
        return spread.call("/api/auth/refresh-token", { json: { refresh_token }, headers });
      });
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
    }
  });

  it("accept a proof once, and a sign-out at one is refused by the other at the next call", async () => {
    const device = await newDevice();
    const bound = await first.signIn("ada", device);
    const headers = await boundHeaders(device, "GET", "/api/auth/me", bound.access_token);
    const answers = await times(8, () => spread.call("/api/auth/me", { headers }));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (let round = 0; round < 10; round += 1) {
      const { access_token, refresh_token } = await first.signIn("ada");
      expect(await me(second, access_token)).toBe(200);
      await first.call("/api/auth/logout", { json: { refresh_token } });
      expect(await me(second, access_token)).toBe(401);
    }
  });

  it("count wrong passwords together, and let the right one in beside many others at once", async () => {
    const answers: number[] = [];
    for (let index = 0; index < 7; index += 1) answers.push((await attempt(spread, "cleo", "wrong")).status);
    expect(answers).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const signedIn = await times(12, () => attempt(spread, "ben", PASSWORD));
    expect(new Set(signedIn.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it("carry a sign-in by QR code over both: a stream of one learns what came of it at the other, without a notification", async () => {
    const phone = await signedInPhone(first, "ada");
    const computer = await createQr(second);
    const stream = await watchQr(originOf(servers[1]), computer);
    const scanned = await scan(first, phone, computer);
    await expect.poll(stream.text).toContain("scanned");
    expect((await confirm(first, phone, scanned)).status).toBe(204);
    await expect.poll(stream.text).toContain("approved");
    stream.stop();
    expect((await redeem(second, computer)).status).toBe(200);
  });

  it("keep to the connections of the pooler, under calls that take turns, and leave no lock and no transaction behind", async () => {
    const phone = await signedInPhone(first, "ada");
    const made = await times(40, () => createQr(spread));
    for (const { created } of made) expect([201, 429, 503]).toContain(created.status);
    expect((await byPhone(spread, phone, "/api/auth/me")).status).toBe(200);
    const pools = await pooler.show("POOLS");
    expect(pools.filter(({ pool_mode }) => pool_mode === "transaction").length).toBeGreaterThan(0);
    const left = `
      SELECT count(*)::int AS "connections", count(*) FILTER (WHERE "state" LIKE 'idle in%')::int AS "transactions",
        (SELECT count(*)::int FROM pg_locks WHERE "locktype" = 'advisory') AS "locks"
      FROM pg_stat_activity WHERE "backend_type" = 'client backend' AND "pid" <> pg_backend_pid()`;
    await expect
      .poll(async () => (await runOn(cluster.url, left))[0])
      .toMatchObject({ transactions: 0, locks: 0 });
    expect(Number((await runOn(cluster.url, left))[0]?.connections)).toBeLessThanOrEqual(CONNECTIONS);
  });

  it("go on when PostgreSQL has crashed behind it and is back, and nobody is signed out", async () => {
    const kept = await first.signIn("ben");
    const gone = await first.signIn("ben");
    await first.call("/api/auth/logout", { json: { refresh_token: gone.refresh_token } });
    await cluster.crash();
    for (const at of [first, second]) {
      await expect.poll(async () => (await at.call("/api/ready")).status, { timeout: 30_000 }).toBe(200);
      expect(await me(at, kept.access_token)).toBe(200);
      expect(await me(at, gone.access_token)).toBe(401);
    }
    const { refresh_token } = kept;
    expect((await second.call("/api/auth/refresh-token", { json: { refresh_token } })).status).toBe(200);
  });

  it("without the parameter that says so, a start is refused, and told what is missing", async () => {
    const start = startServer({ env: { ...env, DATABASE_URL: pooler.url } });
    await expect(start).rejects.toThrow("?pgbouncer=true");
  });
});
