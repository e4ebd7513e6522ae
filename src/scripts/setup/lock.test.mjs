import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withLock } from "./lock.mjs";

let folder;
let path;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-lock-"));
  path = join(folder, "lock");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Holds the lock, notes when it went in and came out, and ends; `stay` keeps it inside until it is killed. */
function contender(stay = "") {
  const log = join(folder, "log");
  const source = `
    import { appendFileSync } from "node:fs";
    import { setTimeout as sleep } from "node:timers/promises";
    import { withLock } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, "lock.mjs")).href)};
    await withLock(async () => {
      appendFileSync(${JSON.stringify(log)}, "in\\n");
      await sleep(${stay ? 60_000 : 40});
      appendFileSync(${JSON.stringify(log)}, "out\\n");
    }, ${JSON.stringify(path)});`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: "ignore" });
  return { child, ended: new Promise((done) => child.once("exit", done)) };
}

const log = () => (existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8") : "");

describe("withLock", () => {
  // Six processes at once on one lock, some of them over a stale one: never are two inside.
  it.each(["no lock", "a lock of a process that is gone"])(
    "lets one in at a time, over %s",
    async (before) => {
      if (before !== "no lock") writeFileSync(path, JSON.stringify({ pid: 2 ** 22 + 1, id: "gone" }));
      const contenders = Array.from({ length: 6 }, () => contender());
      expect(await Promise.all(contenders.map(({ ended }) => ended))).toEqual([0, 0, 0, 0, 0, 0]);
      expect(log()).toBe("in\nout\n".repeat(6));
      expect(existsSync(path)).toBe(false);
    },
  );

  it("passes over a holder that was killed", async () => {
    const holder = contender("stay");
    await expect.poll(log).toBe("in\n");
    holder.child.kill("SIGKILL");
    await holder.ended;
    expect(existsSync(path)).toBe(true);
    expect(await withLock(async () => "mine", path)).toBe("mine");
  });

  it("is free again after a failure", async () => {
    const failure = withLock(async () => {
      throw new Error("no");
    }, path);
    await expect(failure).rejects.toThrow("no");
    expect(await withLock(async () => "mine", path)).toBe("mine");
  });
});
