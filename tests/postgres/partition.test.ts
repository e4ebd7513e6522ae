import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, startCluster } from "../helpers/postgres/cluster";
import { runOn } from "../helpers/postgres/databases";
import { hasNamespaces, makeNamespace, type Namespace } from "../helpers/postgres/network";
import { overHttp } from "../helpers/postgres/over-http";
import { findFreePort } from "../helpers/process/free-port";
import { addUser, type RunningServer, startServer } from "../helpers/process/server";
import {
  APP_URL,
  bearer,
  boundHeaders,
  newDevice,
  PASSWORD,
  type TestService,
  type Tokens,
} from "../helpers/service";
import { createQr } from "../helpers/steps/qr";

/** Two built instances, one of them in a network namespace: the cable between it and PostgreSQL can be pulled. */
let namespace: Namespace;
let cluster: Cluster;
let servers: readonly RunningServer[];
let apart: TestService;
let other: TestService;

const me = (at: TestService, { access_token }: Tokens) =>
  at.call("/api/auth/me", { headers: bearer(access_token) });
const ready = async (at: TestService) => (await at.call("/api/ready")).status;
/** How many connections from the namespace the server has, and how many instances hold the lock that they share. */
const seenByServer = async () =>
  (
    await runOn(
      cluster.url,
      `SELECT
        (SELECT count(*)::int FROM pg_stat_activity WHERE "client_addr" = '${namespace.askingAddress}')
          AS "connections",
        (SELECT count(*)::int FROM pg_locks WHERE "locktype" = 'advisory' AND "mode" = 'ShareLock') AS "instances"`,
    )
  )[0];

describe.runIf(hasNamespaces)("a partition between one instance and PostgreSQL", () => {
  beforeAll(async () => {
    namespace = makeNamespace();
    const started = await startCluster(namespace.databaseAddress);
    if (!started) throw new Error("these tests need a PostgreSQL server of their own");
    cluster = started;
    const env = { APP_URL, CAPTCHA: "off", SECRETS: `1:${randomBytes(32).toString("base64url")}` };
    const there = new URL(cluster.url);
    there.hostname = namespace.databaseAddress;
    const ports = [String(await findFreePort()), String(await findFreePort())] as const;
    servers = [
      await startServer({
        env: { ...env, DATABASE_URL: there.href, HOST: "0.0.0.0", PORT: ports[0] },
        network: namespace,
      }),
      await startServer({ env: { ...env, DATABASE_URL: cluster.url, PORT: ports[1] } }),
    ];
    apart = overHttp([`http://${namespace.address}:${ports[0]}`]);
    other = overHttp([`http://localhost:${ports[1]}`]);
    for (const name of ["ada", "ben"]) await addUser(servers[1] as RunningServer, name, PASSWORD);
  });
  afterEach(() => namespace.setCable(true));
  afterAll(async () => {
    for (const server of servers ?? []) await server.dispose();
    await cluster?.stop();
    namespace?.remove();
  });

  it("that one accepts nothing, the other goes on, and all is right when the cable is plugged in again", async () => {
    const device = await newDevice();
    const plain = await apart.signIn("ada");
    const gone = await apart.signIn("ada");
    const bound = await other.signIn("ben", device);
    const proof = () => boundHeaders(device, "GET", "/api/auth/me", bound.access_token);
    const used = await proof();
    expect((await other.call("/api/auth/me", { headers: used })).status).toBe(200);
    namespace.setCable(false);
    await other.call("/api/auth/logout", { json: { refresh_token: gone.refresh_token } });
    const { refresh_token } = plain;
    const asked = await Promise.all([
      me(apart, plain),
      me(apart, gone),
      apart.call("/api/auth/get_t"),
      apart.call("/api/auth/me", { headers: used }),
      apart.call("/api/auth/me", { headers: await proof() }),
      apart.call("/api/auth/refresh-token", { json: { refresh_token } }),
      apart.call("/api/ready"),
    ]);
    expect(asked.map(({ status }) => status)).toEqual(asked.map(() => 503));
    for (let round = 0; round < 10; round += 1) {
      expect((await other.call("/api/auth/me", { headers: await proof() })).status).toBe(200);
      expect((await createQr(other)).created.status).toBe(201);
    }
    namespace.setCable(true);
    await expect.poll(() => ready(apart), { timeout: 30_000 }).toBe(200);
    expect((await me(apart, gone)).status).toBe(401);
    expect((await me(apart, plain)).status).toBe(200);
    expect((await apart.call("/api/auth/me", { headers: used })).body.error).toBe("invalid_dpop_proof");
    expect((await apart.call("/api/auth/refresh-token", { json: { refresh_token } })).status).toBe(200);
  });

  it("that lasts: the server lets go of what that one held, and it comes back by itself", async () => {
    await expect.poll(seenByServer).toMatchObject({ instances: 2 });
    namespace.setCable(false);
    await expect
      .poll(seenByServer, { timeout: 120_000, interval: 1000 })
      .toEqual({ connections: 0, instances: 1 });
    expect((await other.signIn("ben")).access_token).toBeDefined();
    namespace.setCable(true);
    await expect.poll(() => ready(apart), { timeout: 30_000 }).toBe(200);
    await expect.poll(seenByServer, { timeout: 30_000 }).toMatchObject({ instances: 2 });
    expect((await apart.signIn("ada")).access_token).toBeDefined();
    for (const server of servers) expect(server.output()).not.toContain("an exception that nobody caught");
  }, 240_000);
});
