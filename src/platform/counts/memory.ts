import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Limiters, RateLimiter } from "../../modules/ports";

/** Counts in this process's memory: right for one process, and forgotten with it. */
export function createMemoryLimiters(): Limiters {
  const given = new Set<string>();
  return {
    named(name, limit) {
      if (given.has(name)) throw new Error(`two limits count under the name ${name}`);
      given.add(name);
      return createLimiter(limit);
    },
  };
}

function createLimiter(limit: { points: number; windowInSeconds: number }): RateLimiter {
  const limiter = new RateLimiterMemory({ points: limit.points, duration: limit.windowInSeconds });
  const secondsLeft = (state: RateLimiterRes) =>
    Math.min(limit.windowInSeconds, Math.max(1, Math.ceil(state.msBeforeNext / 1000)));
  return {
    async consume(key) {
      try {
        await limiter.consume(key);
        return 0;
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return secondsLeft(refusal);
        throw refusal;
      }
    },
    async count(key) {
      return (await limiter.get(key))?.consumedPoints ?? 0;
    },
    async giveBack(key) {
      await limiter.reward(key, 1);
    },
  };
}
