import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { captureOutput } from "./captured-output";
import { createLog } from "./log";

let written: string;
let restore: () => void;

beforeEach(() => {
  written = "";
  const output = {
    write(text: string) {
      written += text;
    },
  };
  restore = captureOutput(createLog("debug", output));
});

afterEach(() => restore());

const events = () =>
  written
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("what a library prints", () => {
  it.each([
    ["debug", 20],
    ["log", 30],
    ["info", 30],
    ["warn", 40],
    ["error", 50],
  ] as const)("by console.%s is one line of the log, at that level", (name, level) => {
    console[name]("failed for %s", '/x\n{"level":30,"event":"signed_in"}\u001b[2J');
    expect(events()).toMatchObject([
      { level, source: "console", msg: 'failed for /x\n{"level":30,"event":"signed_in"}' },
    ]);
    expect(written).toMatch(/^[\x20-\x7e]+\n$/);
  });

  it("to standard output and error is a line of the log for each of its lines, in whatever pieces it comes", async () => {
    const done: string[] = [];
    process.stdout.write('one\n{"forged":', () => done.push("first"));
    process.stdout.write(Buffer.from("true}\r\n"), "utf8", () => done.push("second"));
    process.stderr.write("\u001b[31mred\u001b[0m \u0008\u009b2J\n");
    await sleep(0);
    expect(events().map(({ source, msg }) => [source, msg])).toEqual([
      ["stdout", "one"],
      ["stdout", '{"forged":true}'],
      ["stderr", "red \u0008"],
    ]);
    expect(done).toEqual(["first", "second"]);
  });

  it("without an end is cut, not kept for ever", () => {
    for (let i = 0; i < 100; i += 1) process.stdout.write(`${i}`.repeat(500));
    expect(events().length).toBeGreaterThan(5);
    for (const { msg } of events()) expect(String(msg).length).toBeLessThanOrEqual(8_192);
  });

  it("again and again is one line and a count", () => {
    const output = {
      write(text: string) {
        written += text;
      },
    };
    const log = createLog("info", output);
    restore();
    restore = captureOutput(log);
    for (let i = 0; i < 100; i += 1) console.error("internal image response failed for a file: /x%d", i);
    log.flush();
    expect(events().map(({ repeats }) => repeats)).toEqual([undefined, 99]);
  });

  it("by Node's warnings is one line of the log", async () => {
    process.emitWarning("old\n{}", { code: "DEP0" });
    await sleep(10);
    expect(events()).toMatchObject([{ level: 40, source: "node", err: { message: "old\n{}" } }]);
  });

  it("goes where it went before once it is given back", () => {
    const captured = process.stdout.write;
    restore();
    expect(process.stdout.write).not.toBe(captured);
  });
});
