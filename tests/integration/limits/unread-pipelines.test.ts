import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LAN_HOST, type LanService, startLanService } from "../../helpers/process/lan-service";
import { type RunningServer, startServer } from "../../helpers/process/server";

const residentBytes = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
const MIB = 1024 * 1024;

interface Target {
  readonly pid: number;
  readonly host: string;
  open(): Socket;
  /** The status of an answer of the health route. */
  health(): Promise<number>;
}

/** Opens connections with so many requests each, reads nothing, and looks how the service fares for five seconds. */
async function flood(target: Target, path: string, connections: number, requests: number) {
  await target.health();
  const before = residentBytes(target.pid);
  const sockets = Array.from({ length: connections }, () => {
    const socket = target.open().on("error", () => undefined);
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${target.host}\r\n\r\n`.repeat(requests));
    return socket;
  });
  const statuses = new Set<number>();
  let most = before;
  for (const end = Date.now() + 5_000; Date.now() < end; ) {
    statuses.add(await target.health());
    most = Math.max(most, residentBytes(target.pid));
    await sleep(20);
  }
  for (const socket of sockets) socket.destroy();
  await sleep(1_000);
  statuses.add(await target.health());
  return {
    statuses: [...statuses],
    grewInMib: (most - before) / MIB,
    keptInMib: (residentBytes(target.pid) - before) / MIB,
  };
}

describe("the built service", () => {
  let server: RunningServer;
  let target: Target;

  beforeAll(async () => {
    server = await startServer();
    const { port, host } = new URL(server.url);
    target = {
      pid: server.pid,
      host,
      open: () => connect(Number(port), "127.0.0.1"),
      health: async () => (await fetch(`${server.url}/api/health`)).status,
    };
    // What is loaded for the first page stays.
    await (await fetch(`${server.url}/sign-in`)).text();
    await (await fetch(`${server.url}/api/openapi.json`)).text();
  });
  afterAll(() => server.dispose());

  it.each([
    ["/api/openapi.json", 10, 1511],
    ["/sign-in", 100, 50],
  ])(
    "asked for %s by %d connections, %d times each, unread: answers others and grows by less than 100 MiB",
    async (path, connections, requests) => {
      const { statuses, grewInMib, keptInMib } = await flood(target, path, connections, requests);
      expect(statuses).toEqual([200]);
      expect(grewInMib).toBeLessThan(100);
      expect(keptInMib).toBeLessThan(100);
    },
  );
});

describe("the built service with --lan", () => {
  let lan: LanService;
  beforeAll(async () => {
    lan = await startLanService();
  });
  afterAll(() => lan.dispose());

  it("asked for the longest answer by ten connections, 1,511 times each, unread: answers others and stays small", async () => {
    const { statuses, grewInMib } = await flood(
      {
        pid: lan.pid,
        host: `${LAN_HOST}:${lan.port}`,
        open: () => connectTls({ host: "127.0.0.1", port: lan.port, rejectUnauthorized: false }),
        health: async () => (await lan.send("/api/health")).status,
      },
      "/api/openapi.json",
      10,
      1511,
    );
    expect(statuses).toEqual([200]);
    expect(grewInMib).toBeLessThan(100);
  });
});
