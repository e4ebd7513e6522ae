import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, startCluster } from "../helpers/postgres/cluster";
import { runOn } from "../helpers/postgres/databases";
import { type Line, openLine } from "../helpers/postgres/line";
import { overHttp } from "../helpers/postgres/over-http";
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
  type Tokens,
} from "../helpers/service";
import { createQr, statusOf } from "../helpers/steps/qr";

/** Two built instances on a primary, and a standby that follows it without being waited for. */
let primary: Cluster;
let standby: Cluster;
/** From the standby to the primary. */
let replication: Line;
/** From the instances to whichever is the primary. */
let line: Line;
let servers: readonly RunningServer[];
let each: readonly TestService[];
let spread: TestService;

beforeAll(async () => {
  const started = await startCluster();
  if (!started) throw new Error("these tests need a PostgreSQL server of their own");
  primary = started;
  replication = await openLine(primary.url);
  standby = await primary.startStandby(replication.port);
  line = await openLine(primary.url);
  const env = {
    ...{ APP_URL, CAPTCHA: "off", DATABASE_URL: line.url, LIMIT_REFRESHES: "1000" },
    SECRETS: `1:${randomBytes(32).toString("base64url")}`,
  };
  const ports = await Promise.all([1, 2].map(() => findFreePort()));
  servers = await Promise.all(ports.map((port) => startServer({ env: { ...env, PORT: String(port) } })));
  const origins = ports.map((port) => `http://localhost:${port}`);
  each = origins.map((origin) => overHttp([origin]));
  spread = overHttp(origins);
  await addUser(servers[0] as RunningServer, "ada", PASSWORD);
});
afterAll(async () => {
  for (const server of servers ?? []) await server.dispose();
  await line?.close();
  await replication?.close();
  await standby?.stop();
  await primary?.stop();
});

const me = async (at: TestService, { access_token }: Tokens) =>
  (await at.call("/api/auth/me", { headers: bearer(access_token) })).status;
const signOut = ({ refresh_token }: Tokens) => spread.call("/api/auth/logout", { json: { refresh_token } });
const refresh = async ({ refresh_token }: Tokens, key?: Awaited<ReturnType<typeof newDevice>>) =>
  spread.call("/api/auth/refresh-token", {
    json: { refresh_token },
    headers: await proofHeader(key, "POST", "/api/auth/refresh-token", undefined),
  });
const untilAll = (status: number) =>
  expect
    .poll(() => Promise.all(each.map(async (at) => (await at.call("/api/ready")).status)), {
      timeout: 30_000,
    })
    .toEqual(each.map(() => status));

/** All that the primary has committed is on the standby. */
async function untilFollowed(): Promise<void> {
  const position = await runOn(primary.url, "SELECT pg_current_wal_insert_lsn()::text AS lsn");
  const isThere = `SELECT pg_last_wal_replay_lsn() >= '${position[0]?.lsn}'::pg_lsn AS "is"`;
  await expect.poll(async () => (await runOn(standby.url, isThere))[0]?.is, { timeout: 30_000 }).toBe(true);
}

describe("a standby that takes over without the last commits", () => {
  it("answers nothing that has to be written before, and afterwards only what was not committed there is lost", async () => {
    const device = await newDevice();
    const proofFor = ({ access_token }: Tokens) => boundHeaders(device, "GET", "/api/auth/me", access_token);
    const [plain, gone, endedLate, refreshedLate] = (await Promise.all(
      Array.from({ length: 4 }, () => spread.signIn("ada")),
    )) as [Tokens, Tokens, Tokens, Tokens];
    const bound = await spread.signIn("ada", device);
    await signOut(gone);
    const computer = await createQr(spread);
    await untilFollowed();

    replication.hold();
    const used = await proofFor(bound);
    expect((await spread.call("/api/auth/me", { headers: used })).status).toBe(200);
    await signOut(endedLate);
    const newer = (await refresh(refreshedLate)).body as unknown as Tokens;
    const signedInLate = await spread.signIn("ada");

    // The balancer of the database leads to the standby before that is promoted.
    line.leadTo(standby.port);
    await untilAll(503);
    for (const at of each) {
      expect((await at.call("/api/auth/me", { headers: used })).status).toBe(503);
      expect((await at.call("/api/auth/me", { headers: await proofFor(bound) })).status).toBe(503);
      expect((await at.call("/api/auth/get_t")).status).toBe(503);
      expect(await me(at, gone)).toBe(401);
    }
    expect((await refresh(plain)).status).toBe(503);
    expect((await refresh(bound, device)).headers.get("retry-after")).toMatch(/^[1-9]/);

    await runOn(standby.url, "SELECT pg_promote()");
    await untilAll(200);
    for (const at of each) {
      const again = await at.call("/api/auth/me", { headers: used });
      expect(again.status).not.toBe(200);
      expect(await me(at, gone)).toBe(401);
      expect(await me(at, signedInLate)).toBe(401);
      expect(await me(at, plain)).toBe(200);
      await expect
        .poll(async () => (await at.call("/api/auth/me", { headers: await proofFor(bound) })).status)
        .toBe(200);
    }
    expect((await refresh(plain)).status).toBe(200);
    expect((await refresh(bound, device)).status).toBe(200);
    // As the how-to says of such a failover: that sign-out is to be made again; who refreshed goes on by the newer token.
    expect(await me(spread, endedLate)).toBe(200);
    await signOut(endedLate);
    expect(await Promise.all(each.map((at) => me(at, endedLate)))).toEqual([401, 401]);
    expect((await refresh(newer)).status).toBe(200);
    expect((await spread.signIn("ada")).access_token).toBeDefined();
    expect((await statusOf(spread, computer)).body.status).toBe("pending");
    for (const server of servers) {
      expect(() => process.kill(server.pid, 0)).not.toThrow();
      expect(server.output()).not.toContain("an exception that nobody caught");
    }
  });
});
