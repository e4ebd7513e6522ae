import { once } from "node:events";
import { type IncomingMessage, get as plainGet } from "node:http";
import { get as tlsGet } from "node:https";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Flood, type FloodTarget, flood, readInTheUsualWay } from "../../helpers/process/flood";
import { findFreePort } from "../../helpers/process/free-port";
import { LAN_HOST, type LanService, startLanService } from "../../helpers/process/lan-service";
import { hasNginx, startExample } from "../../helpers/process/nginx";
import { type RunningServer, startServer } from "../../helpers/process/server";

/** Only to end what hangs. */
const TIMEOUT_IN_MS = 240_000;

const document = {
  path: "/api/openapi.json",
  connections: 10,
  requests: 1511,
  readBefore: 100,
  limitInMib: 100,
} as const;
// Rendering makes garbage, and how much of it V8 keeps is limited at the start (see heap-growth.ts). If each request were kept,
// 5,000 pages would be 100 MiB of text alone, and several times that in objects.
const page = { path: "/sign-in", connections: 100, requests: 50, readBefore: 100, limitInMib: 100 } as const;

const unread: Flood[] = [
  { ...document, reads: "nothing" },
  { ...page, reads: "nothing" },
];
const slow: Flood[] = [
  { ...document, reads: "a byte a second" },
  { ...page, reads: "a byte a second" },
];

/** Over TLS to a port of this machine, by whatever name, and by HTTP/1.1. */
function overTls(port: number, host: string, pid: number): FloodTarget {
  const common = { host: "127.0.0.1", port, rejectUnauthorized: false };
  const [servername = ""] = host.split(":");
  return {
    pid,
    host,
    open: () => connectTls({ ...common, ...(/^[\d.]+$/.test(servername) ? {} : { servername }) }),
    get: (path) => statusOf(tlsGet({ ...common, servername: "", path, headers: { host }, agent: false })),
  };
}

async function statusOf(sent: ReturnType<typeof plainGet>): Promise<number> {
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  await once(answer.resume(), "end");
  return answer.statusCode ?? 0;
}

/** Every one of these floods has to leave it answering, and as large as ordinary use makes it. */
function staysUp(target: () => FloodTarget, floods: readonly Flood[]): void {
  const rows = floods.map(
    (one) => [one.path, one.connections, one.requests, one.reads, one.limitInMib, one] as const,
  );
  it.each(rows)(
    "asked for %s by %d connections, %d times each, that read %s: answers others and grows by less than %d MiB",
    { timeout: TIMEOUT_IN_MS },
    async (_path, _connections, _requests, _reads, _limit, one) => {
      await readInTheUsualWay(target(), one);
      const { statuses, grewInMib, keptInMib } = await flood(target(), one);
      expect(statuses).toEqual([200]);
      expect(grewInMib).toBeLessThan(one.limitInMib);
      expect(keptInMib).toBeLessThan(one.limitInMib);
    },
  );
}

describe("the built service", () => {
  let server: RunningServer;
  let target: FloodTarget;

  beforeAll(async () => {
    server = await startServer();
    const { port, host } = new URL(server.url);
    target = {
      pid: server.pid,
      host,
      open: () => connect(Number(port), "127.0.0.1"),
      get: (path) => statusOf(plainGet({ host: "127.0.0.1", port, path, agent: false })),
    };
  });
  afterAll(() => server.dispose());

  staysUp(() => target, [...unread, ...slow]);
});

describe("the built service with --lan", () => {
  let lan: LanService;
  beforeAll(async () => {
    lan = await startLanService();
  });
  afterAll(() => lan.dispose());

  staysUp(() => overTls(lan.port, `${LAN_HOST}:${lan.port}`, lan.pid), unread);
});

/** Which takes one request of a connection after the other, and brings them all over a few connections that it keeps. */
describe.runIf(hasNginx)("the built service behind nginx", () => {
  let server: RunningServer;
  let stopNginx: () => Promise<void>;
  let target: FloodTarget;

  beforeAll(async () => {
    const port = await findFreePort();
    const accounts = new URL(`https://accounts.example.test:${port}`);
    const site = new URL(`https://reports.example.test:${port}`);
    const own = String(await findFreePort());
    server = await startServer({
      env: { PORT: own, APP_URL: accounts.origin, PROTECTED_SITES: site.origin, TRUST_PROXY: "1" },
    });
    stopNginx = await startExample({
      countersign: `localhost:${own}`,
      application: "127.0.0.1:9",
      accounts,
      site,
    });
    target = overTls(port, accounts.host, server.pid);
  });
  afterAll(async () => {
    await stopNginx?.();
    await server?.dispose();
  });

  staysUp(() => target, unread);
});
