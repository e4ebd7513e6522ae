import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const residentBytes = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
const MIB = 1024 * 1024;

/** They read in the usual way before a flood: what the service then holds is what it needs. */
const ORDINARY_READERS = 2;

/** Where a flood goes: the service itself, or what is in front of it. */
export interface FloodTarget {
  /** Of the service. */
  readonly pid: number;
  readonly host: string;
  open(): Socket;
  /** @returns the status of the answer, once it was read */
  get(path: string): Promise<number>;
}

export interface Flood {
  readonly path: string;
  readonly connections: number;
  readonly requests: number;
  /** How many answers each ordinary reader has had before: until the memory of the service grows no more by that alone. */
  readonly readBefore: number;
  /** By how much the memory of the service may grow meanwhile. */
  readonly limitInMib: number;
  /** Nothing is read, or one byte of each connection in a second. */
  readonly reads: "nothing" | "a byte a second";
}

/** Reads what a flood will ask for, in the usual way. */
export async function readInTheUsualWay(
  target: FloodTarget,
  { path, readBefore }: Pick<Flood, "path" | "readBefore">,
): Promise<void> {
  const readAll = async () => {
    for (let count = 0; count < readBefore; count += 1) await target.get(path);
  };
  await Promise.all(Array.from({ length: ORDINARY_READERS }, readAll));
}

/** Sends many requests one behind the other on many connections, and looks how the service fares for five seconds. */
export async function flood(target: FloodTarget, { path, connections, requests, reads }: Flood) {
  const health = () => target.get("/api/health");
  const statuses = new Set([await health()]);
  const before = residentBytes(target.pid);
  const sockets = Array.from({ length: connections }, () => {
    const socket = target.open().on("error", () => undefined);
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${target.host}\r\n\r\n`.repeat(requests));
    return socket;
  });
  const reading = setInterval(() => {
    if (reads === "a byte a second") for (const socket of sockets) socket.read(1);
  }, 1_000);
  let most = before;
  for (const end = Date.now() + 5_000; Date.now() < end; ) {
    statuses.add(await health());
    most = Math.max(most, residentBytes(target.pid));
    await sleep(20);
  }
  clearInterval(reading);
  for (const socket of sockets) socket.destroy();
  await sleep(1_000);
  statuses.add(await health());
  return {
    statuses: [...statuses],
    grewInMib: (most - before) / MIB,
    keptInMib: (residentBytes(target.pid) - before) / MIB,
  };
}
