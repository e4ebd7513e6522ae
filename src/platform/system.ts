import { randomBytes, randomInt } from "node:crypto";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Clock, DomainEvent, EventBus, RandomSource, RateLimiter } from "../modules/ports";

export const systemClock: Clock = { now: () => new Date() };

export const systemRandom: RandomSource = {
  bytes: (length) => randomBytes(length),
  integer: (maxExclusive) => randomInt(maxExclusive),
};

/**
 * Events of this process, delivered at once and in order.
 *
 * Hands each event to every listener. What a listener throws is that listener's fault: it reaches `onFault`, and neither the
 * publisher, whose change is committed, nor the other listeners.
 */
export function createMemoryEventBus(onFault: (error: unknown) => void): EventBus {
  const listeners = new Set<(event: DomainEvent) => void>();
  return {
    publish(event) {
      for (const listener of [...listeners]) {
        try {
          listener(event);
        } catch (error) {
          onFault(error);
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Counts in this process's memory: right for one process, and forgotten with it. */
export function createMemoryRateLimiter(options: { points: number; windowInSeconds: number }): RateLimiter {
  const limiter = new RateLimiterMemory({ points: options.points, duration: options.windowInSeconds });
  const secondsLeft = (state: RateLimiterRes) =>
    Math.min(options.windowInSeconds, Math.max(1, Math.ceil(state.msBeforeNext / 1000)));
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
