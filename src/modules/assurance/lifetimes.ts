import { isApproved } from "./authentication";
import type { Factor } from "./factors";

/** How long a session lives, in seconds. Rotation moves the idle end, never the absolute one. */
export interface Lifetime {
  readonly idleInSeconds: number;
  readonly absoluteInSeconds: number;
}

/** By how its user was authenticated: an approval by another device is worth less than a factor that was proven here. */
export interface Lifetimes {
  readonly proven: Lifetime;
  readonly approved: Lifetime;
}

/** @param factors those that the session begins with */
export function lifetimeOf(factors: readonly Factor[], lifetimes: Lifetimes): Lifetime {
  return isApproved(factors) ? lifetimes.approved : lifetimes.proven;
}
