import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CaptchaThread } from "./captcha-thread";
import { createLog } from "./log";
import { systemRandom } from "./system";

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
});
