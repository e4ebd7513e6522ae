import { randomBytes, randomInt } from "node:crypto";
import type { Clock, DomainEvent, EventBus, RandomSource } from "../modules/ports";

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
