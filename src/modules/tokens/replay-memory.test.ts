import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReplayMemory } from "./replay-memory";

const WINDOW_IN_SECONDS = 60;

describe("ReplayMemory", () => {
  it("knows what it has seen, by identifier", () => {
    const memory = new ReplayMemory();
    expect(memory.remember("a", 1000, 1000)).toBe(true);
    expect(memory.remember("a", 1000, 1000)).toBe(false);
    expect(memory.remember("b", 1000, 1000)).toBe(true);
    expect(memory.remember("a", 1000, 1059)).toBe(false);
  });

  it("accepts nothing twice that the window would let in, for any course of a clock that jumps by up to 5 minutes", () => {
    const step = fc.record({
      // Real time goes on; the clock is anywhere within five minutes of it.
      advance: fc.nat({ max: 90 }),
      offset: fc.constantFrom(0, 0, 0, 150, -150),
      claimed: fc.integer({ min: -WINDOW_IN_SECONDS, max: WINDOW_IN_SECONDS }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
        const memory = new ReplayMemory();
        const used: { id: string; iat: number }[] = [];
        let real = 100_000;
        for (const { advance, offset, claimed } of steps) {
          real += advance;
          const now = real + offset;
          for (const { id, iat } of used) {
            if (Math.abs(now - iat) <= WINDOW_IN_SECONDS) expect(memory.remember(id, iat, now)).toBe(false);
          }
          const fresh = { id: `proof-${used.length}`, iat: now + claimed };
          expect(memory.remember(fresh.id, fresh.iat, now)).toBe(true);
          used.push(fresh);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("forgets what is long past: memory does not grow with time", () => {
    const memory = new ReplayMemory();
    for (let now = 0; now < 100_000; now += 10) memory.remember(`proof-${now}`, now, now);
    // Far outside every window, so that being taken for new harms nobody and shows that it was let go.
    expect(memory.remember("proof-0", 0, 100_000)).toBe(true);
  });

  it("a clock set back for good does not stop the forgetting", () => {
    const memory = new ReplayMemory();
    memory.remember("future", 1_000_000, 1_000_000);
    for (let now = 1000; now < 5000; now += 10) memory.remember(`proof-${now}`, now, now);
    expect(memory.remember("proof-1000", 1000, 5000)).toBe(true);
  });
});
