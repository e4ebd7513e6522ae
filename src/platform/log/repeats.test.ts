import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Repeats } from "./repeats";

let repeats: Repeats;
let lines: string[];

beforeEach(() => {
  vi.useFakeTimers();
  repeats = new Repeats();
  lines = [];
});

afterEach(() => vi.useRealTimers());

const note = (kind: string) =>
  repeats.note(
    kind,
    () => lines.push(kind),
    (count) => lines.push(`${kind} +${count}`),
  );

describe("repeats", () => {
  it("are one line at once and one with their count after a minute", () => {
    for (let i = 0; i < 10_000; i += 1) note("a");
    expect(lines).toEqual(["a"]);
    vi.advanceTimersByTime(60_000);
    expect(lines).toEqual(["a", "a +9999"]);
  });

  it("that go on for an hour are a line a minute, and once they have ended the next is written at once", () => {
    for (let minute = 0; minute < 60; minute += 1) {
      for (let i = 0; i < 100; i += 1) note("a");
      vi.advanceTimersByTime(60_000);
    }
    expect(lines).toHaveLength(61);
    vi.advanceTimersByTime(60_000);
    note("a");
    expect(lines.at(-1)).toBe("a");
  });

  it("that happened once leave no second line", () => {
    note("a");
    vi.advanceTimersByTime(600_000);
    expect(lines).toEqual(["a"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("of one kind do not hide another", () => {
    for (const kind of ["a", "b", "a", "b", "b"]) note(kind);
    vi.advanceTimersByTime(60_000);
    expect(lines).toEqual(["a", "b", "a +1", "b +2"]);
  });

  it("of any number of kinds take a bounded amount of memory, and no count is lost", () => {
    note("first");
    note("first");
    for (let i = 0; i < 5_000; i += 1) note(String(i));
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1_000);
    expect(lines).toContain("first +1");
  });

  it("that are still counted when the service stops are written then", () => {
    note("a");
    note("a");
    repeats.flush();
    expect(lines).toEqual(["a", "a +1"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
