import { describe, expect, it } from "vitest";
import { createReferenceClock } from "./reference-clock";

/** Takes a sample of a clock that is so far ahead, by an answer that took so long. */
function start(aheadByInMs: number) {
  const own = 1_000_000;
  const far: number[] = [];
  const clock = createReferenceClock({ now: () => new Date(own) }, (byInMs) => far.push(byInMs));
  const take = (ahead = aheadByInMs, tookInMs = 2) => {
    clock.take(own + tookInMs / 2 + ahead, own, own + tookInMs);
    return clock.now().getTime() - own;
  };
  return { take, far };
}

describe("a clock that is corrected to another one", () => {
  it("is set at the first sample, and says that it was far off", () => {
    const { take, far } = start(90_000);
    expect(take()).toBeGreaterThan(89_990);
    expect(far).toEqual([90_000]);
  });

  it("goes by no more than 50 ms at a sample afterwards, and is set above five seconds", () => {
    const { take } = start(0);
    expect(take()).toBe(0);
    expect(take(2000)).toBe(50);
    expect(take(2000)).toBe(100);
    expect(take(60_000)).toBeGreaterThan(59_000);
  });

  it("does not move by what an answer does not prove", () => {
    const { take } = start(0);
    take();
    expect(take(100, 400)).toBe(0);
  });
});
