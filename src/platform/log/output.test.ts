import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Output } from "./output";

/** A disk that is full, or not, and may take a line in part. */
class Disk {
  fault: string | undefined;
  room = Number.POSITIVE_INFINITY;
  readonly written: Record<number, string> = { 1: "", 2: "" };

  readonly write = (descriptor: number, bytes: Uint8Array): number => {
    if (descriptor === 1 && (this.fault !== undefined || this.room === 0))
      throw Object.assign(new Error("no"), { code: this.fault ?? "ENOSPC" });
    const taken = Math.min(bytes.length, this.room);
    this.room -= taken;
    this.written[descriptor] += Buffer.from(bytes.subarray(0, taken)).toString();
    return taken;
  };

  get lines(): string[] {
    return this.written[1]?.split("\n").slice(0, -1) ?? [];
  }
}

let disk: Disk;
let output: Output;

beforeEach(() => {
  vi.useFakeTimers();
  disk = new Disk();
  output = new Output(1, { write: disk.write, now: () => new Date("2026-01-01T00:00:00Z") });
});

afterEach(() => {
  disk.fault = undefined;
  disk.room = Number.POSITIVE_INFINITY;
  vi.advanceTimersByTime(2_000);
  vi.useRealTimers();
});

describe("an output", () => {
  it("writes at once and in order", () => {
    output.write("a\n");
    output.write("b\n");
    expect(disk.lines).toEqual(["a", "b"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each(["ENOSPC", "EPIPE", "EIO", "EAGAIN"])(
    "that cannot be written to (%s) throws nothing and writes what it kept afterwards",
    (code) => {
      disk.fault = code;
      output.write("a\n");
      output.write("b\n");
      expect(disk.lines).toEqual([]);
      disk.fault = undefined;
      vi.advanceTimersByTime(2_000);
      expect(disk.lines).toEqual(["a", "b"]);
      expect(vi.getTimerCount()).toBe(0);
      output.write("c\n");
      expect(disk.lines).toEqual(["a", "b", "c"]);
    },
  );

  it("says on standard error, once, that it cannot be written to", () => {
    disk.fault = "ENOSPC";
    for (let i = 0; i < 100; i += 1) output.write("a\n");
    vi.advanceTimersByTime(10_000);
    expect(disk.written[2]?.match(/cannot be written to \(ENOSPC\)/g)).toHaveLength(1);
  });

  it("finishes a line that the disk took in part before it writes the next", () => {
    disk.room = 3;
    output.write("first\n");
    output.write("second\n");
    expect(disk.written[1]).toBe("fir");
    disk.room = Number.POSITIVE_INFINITY;
    output.write("third\n");
    expect(disk.lines).toEqual(["first", "second", "third"]);
  });

  it("keeps a bounded amount, drops whole lines after that, and says how many", () => {
    disk.fault = "ENOSPC";
    const line = `${"x".repeat(1023)}\n`;
    for (let i = 0; i < 2_000; i += 1) output.write(line);
    disk.fault = undefined;
    output.write("late\n");
    const [notice = ""] = disk.lines.filter((text) => text.startsWith("{"));
    expect(JSON.parse(notice)).toMatchObject({
      lost: 2_000 - 1_024 + 1,
      code: "ENOSPC",
      level: 40,
      time: "2026-01-01T00:00:00.000Z",
    });
    expect(disk.lines).toHaveLength(1_024 + 1);
    output.write("next\n");
    expect(disk.lines.at(-1)).toBe("next");
  });

  it("writes one text that is larger than what it keeps", () => {
    output.write(`${"y".repeat(2_000_000)}\n`);
    expect(disk.written[1]).toHaveLength(2_000_001);
  });
});
