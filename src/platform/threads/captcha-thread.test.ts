import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLog } from "../log/log";
import { systemRandom } from "../system";
import { CaptchaThread } from "./captcha-thread";

vi.mock("node:worker_threads", { spy: true });

const answering = `
  let count = 0;
  parentPort.on("message", () => parentPort.postMessage({ answer: "DRAWN" + count++, png: new Uint8Array(4) }));`;
const silent = `parentPort.on("message", () => undefined);`;
const failing = `parentPort.on("message", () => { throw new Error("no canvas"); });`;
const unloadable = `import "a-package-that-is-not-there";`;

let folder: string;
let thread: CaptchaThread;

function startWith(script: string | undefined): CaptchaThread {
  const file = path.join(folder, "worker.mjs");
  if (script !== undefined)
    writeFileSync(file, `import { parentPort } from "node:worker_threads";\n${script}`);
  thread = new CaptchaThread({ file, random: systemRandom, log: createLog("silent") });
  return thread;
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-"));
});

afterEach(() => {
  thread.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("CaptchaThread", () => {
  it("gives each who asks a picture of its own, in order", async () => {
    startWith(answering);
    const images = await Promise.all(Array.from({ length: 20 }, () => thread.draw()));
    expect(images.map(({ answer }) => answer)).toEqual(Array.from({ length: 20 }, (_, i) => `DRAWN${i}`));
  });

  it("draws by itself where there is no bundle", async () => {
    startWith(undefined);
    expect((await thread.draw()).answer).toMatch(/^[A-Z0-9]{5}$/);
  });

  it("refuses the hundred-and-first who would have to wait", async () => {
    startWith(silent);
    const waiting = Array.from({ length: 100 }, () => thread.draw().catch((error: unknown) => error));
    await expect(thread.draw()).rejects.toMatchObject({ code: "temporarily_unavailable" });
    thread.close();
    for (const outcome of await Promise.all(waiting))
      expect(outcome).toMatchObject({ code: "temporarily_unavailable" });
  });

  it.each([
    ["fails at a picture", failing],
    ["cannot be loaded", unloadable],
    ["ends", `process.exit(0);`],
  ])("goes on by itself when the thread %s", async (_, script) => {
    startWith(script);
    await expect(thread.draw()).rejects.toMatchObject({ code: "temporarily_unavailable" });
    expect((await thread.draw()).answer).toMatch(/^[A-Z0-9]{5}$/);
  });

  it("draws by itself, and asks for none for a while, when the system gives no thread", async () => {
    startWith(answering);
    class NoThread {
      constructor() {
        throw new Error("ERR_WORKER_INIT_FAILED");
      }
    }
    vi.mocked(Worker).mockImplementationOnce(NoThread as never);
    const before = vi.mocked(Worker).mock.calls.length;
    for (let i = 0; i < 3; i += 1) expect((await thread.draw()).answer).toMatch(/^[A-Z0-9]{5}$/);
    expect(vi.mocked(Worker).mock.calls.length).toBe(before + 1);
  });

  it("comes back after it was idle, and after the minute that follows a failure", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    try {
      startWith(answering);
      const started = () => vi.mocked(Worker).mock.calls.length;
      const before = started();
      expect((await thread.draw()).answer).toBe("DRAWN0");
      vi.advanceTimersByTime(60_000);
      expect((await thread.draw()).answer).toBe("DRAWN0");
      const running = vi.mocked(Worker).mock.results.at(-1)?.value as Worker;
      await running.terminate();
      expect((await thread.draw()).answer).not.toMatch("DRAWN");
      expect(started()).toBe(before + 2);
      vi.advanceTimersByTime(60_000);
      expect((await thread.draw()).answer).toBe("DRAWN0");
    } finally {
      vi.useRealTimers();
    }
  });
});
