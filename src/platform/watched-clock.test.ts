import { beforeEach, describe, expect, it } from "vitest";
import type { WatchedClock } from "../modules/ports";
import { createWatchedClock } from "./watched-clock";

const START_IN_MS = Date.parse("2026-11-21T00:00:00Z");
const HOUR_IN_MS = 3_600_000;
let uptimeInMs: number;
let offsetInMs: number;
let settings: number[];
let clock: WatchedClock;

beforeEach(() => {
  uptimeInMs = 1000;
  offsetInMs = START_IN_MS;
  settings = [];
  clock = createWatchedClock({
    clock: { now: () => new Date(offsetInMs + uptimeInMs) },
    uptimeInMs: () => uptimeInMs,
    onSet: (byInMs) => settings.push(byInMs),
  });
});

const pass = (ms: number) => {
  uptimeInMs += ms;
};
const set = (byMs: number) => {
  offsetInMs += byMs;
};

describe("a clock that is watched", () => {
  it("says nothing while time passes, and once for each time that it is set", () => {
    pass(HOUR_IN_MS);
    clock.now();
    expect([settings, clock.setByInMs()]).toEqual([[], 0]);
    set(-8 * HOUR_IN_MS);
    clock.now();
    clock.now();
    set(2 * HOUR_IN_MS);
    expect(clock.setByInMs()).toBe(-6 * HOUR_IN_MS);
    expect(settings).toEqual([-8 * HOUR_IN_MS, 2 * HOUR_IN_MS]);
  });

  it.each([-8 * HOUR_IN_MS, 8 * HOUR_IN_MS])(
    "knows how long ago it showed a time, though it was set by %d ms",
    (by) => {
      pass(60_000);
      const shown = clock.now();
      pass(5000);
      set(by);
      expect(clock.ageInMs(shown)).toBe(5000);
      pass(7000);
      expect(clock.ageInMs(shown)).toBe(12_000);
      expect(clock.ageInMs(clock.now())).toBe(0);
    },
  );

  it("takes a time from before the process as it is", () => {
    expect(clock.ageInMs(new Date(START_IN_MS - HOUR_IN_MS))).toBe(HOUR_IN_MS + 1000);
    expect(clock.ageInMs(new Date(START_IN_MS + HOUR_IN_MS))).toBe(1000 - HOUR_IN_MS);
  });

  it("is behind what it has shown and what was written by it, until it has caught up", () => {
    expect(clock.behindByInMs()).toBe(0);
    clock.saw(new Date(START_IN_MS + 1000 + 2 * HOUR_IN_MS));
    expect(clock.behindByInMs()).toBe(2 * HOUR_IN_MS);
    pass(2 * HOUR_IN_MS);
    expect(clock.behindByInMs()).toBe(0);
    set(-HOUR_IN_MS);
    expect(clock.behindByInMs()).toBe(HOUR_IN_MS);
  });
});
