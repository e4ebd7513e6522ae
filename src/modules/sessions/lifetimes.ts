import type { SignInMethod } from "../../contract/schemas";

/** How long a session lives, in seconds. Rotation moves the idle end, never the absolute one. */
export interface Lifetime {
  readonly idleInSeconds: number;
  readonly absoluteInSeconds: number;
}

/** By how it was made: one that another device approved is worth less than one that knew the password. */
export interface Lifetimes {
  readonly password: Lifetime;
  readonly approved: Lifetime;
}

export function lifetimeOf(method: SignInMethod, lifetimes: Lifetimes): Lifetime {
  return method === "password" ? lifetimes.password : lifetimes.approved;
}

export function secondsAfter(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000);
}

export function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}
