import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryLimiters } from "./memory";

describe("a limit that is counted in memory", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("takes as many as its points, then says how long to wait, and starts again after the window", async () => {
    const limiter = createMemoryLimiters().named("tries", { points: 3, windowInSeconds: 60 });
    for (let i = 0; i < 3; i += 1) expect(await limiter.consume("a")).toBe(0);
    const waitInSeconds = await limiter.consume("a");
    expect(waitInSeconds).toBeGreaterThan(0);
    expect(waitInSeconds).toBeLessThanOrEqual(60);
    expect(await limiter.consume("b")).toBe(0);
    await vi.advanceTimersByTimeAsync(61_000);
    expect(await limiter.consume("a")).toBe(0);
  });

  it("tells the count without counting, and makes room for what is given back", async () => {
    const limiter = createMemoryLimiters().named("tries", { points: 2, windowInSeconds: 60 });
    expect(await limiter.count("a")).toBe(0);
    await limiter.consume("a");
    await limiter.consume("a");
    expect(await limiter.count("a")).toBe(2);
    await limiter.giveBack("a");
    expect(await limiter.count("a")).toBe(1);
    expect(await limiter.consume("a")).toBe(0);
    expect(await limiter.consume("a")).toBeGreaterThan(0);
  });
});

it("gives each name to one limit: two under one name would count for each other where counts are shared", () => {
  const limiters = createMemoryLimiters();
  limiters.named("tries", { points: 1, windowInSeconds: 60 });
  expect(() => limiters.named("tries", { points: 9, windowInSeconds: 60 })).toThrow("tries");
});
