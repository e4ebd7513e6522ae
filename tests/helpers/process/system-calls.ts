import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Why system calls cannot be watched here; undefined when they can. */
export function whyNoSystemCalls(): string | undefined {
  const probe = spawnSync("strace", ["-o", "/dev/null", "true"]);
  if (probe.error) return "strace is not installed";
  return probe.status === 0 ? undefined : "strace may not watch processes here";
}

export interface SystemCalls {
  /** Ends the watch. @returns one line a call, in the order in which they began and ended */
  stop(): Promise<readonly string[]>;
}

/** Watches the writes, syncs and answers of a process and of all its threads. */
export async function watchSystemCalls(pid: number): Promise<SystemCalls> {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-strace-"));
  const file = path.join(folder, "calls");
  const calls = "trace=pwrite64,fdatasync,fsync,write,writev,sendmsg,sendto";
  const strace = spawn("strace", ["-f", "-y", "-s", "40", "-e", calls, "-o", file, "-p", String(pid)]);
  // From the start: it may end by itself, and then this has to be known all the same.
  const ended = once(strace, "close");
  await attached(strace);
  return {
    async stop() {
      strace.kill("SIGINT");
      await ended;
      const lines = readFileSync(file, "utf8").split("\n");
      rmSync(folder, { recursive: true });
      return lines;
    },
  };
}

function attached(strace: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    // Read to the end: who writes to a reader that is gone is ended by it.
    strace.stderr?.on("data", (chunk) => {
      said += String(chunk);
      if (said.includes("attached")) resolve();
    });
    strace.once("close", () => reject(new Error(`strace did not attach: ${said}`)));
  });
}

/**
 * Counts the answers, the syncs of the write-ahead log, and the answers that left while something in the log was not on
 * disk. Exact for requests that come one after the other.
 */
export function readAnswers(lines: readonly string[]): { answers: number; syncs: number; early: number } {
  const sums = { answers: 0, syncs: 0, early: 0 };
  const begun = new Map<string, number>();
  let lastWrite = -1;
  let onDiskUntil = -1;
  lines.forEach((line, index) => {
    const thread = line.split(" ", 1)[0] ?? "";
    if (/ pwrite64\(\d+<[^>]*-wal>/.test(line)) lastWrite = index;
    if (/ f(data)?sync\(\d+<[^>]*-wal>/.test(line)) begun.set(thread, index);
    if (/ f(data)?sync(\(| resumed).* = 0$/.test(line)) {
      const began = begun.get(thread);
      begun.delete(thread);
      if (began !== undefined) {
        onDiskUntil = Math.max(onDiskUntil, began);
        sums.syncs += 1;
      }
    }
    if (/ (write|writev|sendmsg|sendto)\(\d+<.*HTTP\/1\.1 \d/.test(line)) {
      sums.answers += 1;
      if (lastWrite > onDiskUntil) sums.early += 1;
    }
  });
  return sums;
}
