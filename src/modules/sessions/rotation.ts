/**
 * The rule of refresh rotation (RFC 9700 section 4.14.2), as one pure function.
 *
 * ```
 *                       token presented
 *   ┌──────────────┬───────────────┬────────────────────────────┬───────────┐
 *   │ current      │ predecessor   │ older ancestor             │ future    │
 *   ├──────────────┼───────────────┼────────────────────────────┼───────────┤
 *   │ rotate       │ bound: same   │ bound, superseded within   │ move      │
 *   │              │ successor     │ the interval: same         │ forward   │
 *   │              │ bearer within │ successor                  │           │
 *   │              │ the interval: │ otherwise: theft           │           │
 *   │              │ same successor│                            │           │
 *   │              │ else: theft   │                            │           │
 *   └──────────────┴───────────────┴────────────────────────────┴───────────┘
 * ```
 * Before all that: a missing proof is refused and changes nothing; another key ends the session, and is theft unless a
 * browser presents it out of its own cookie, up to the predecessor: then the browser has lost the key and made a new one.
 *
 * A future token has a good MAC, so it was issued here: the database has gone back in time, as a copy of before does. The
 * row moves to where the token was and on, and from there all that is older is judged as ever. So of an honest client and
 * a thief with an older token the one who comes second is caught, whichever of them it is.
 */
import type { SessionRecord } from "./session";

export type RotationDecision =
  | { readonly status: "rotate" }
  /** A retried or raced refresh: the live token again, and nothing changes. */
  | { readonly status: "repeat" }
  /** The database has gone back in time: the token rotates all the same, from where it is. */
  | { readonly status: "move_forward" }
  | { readonly status: "proof_missing" }
  | { readonly status: "other_key"; readonly tokenWasSuperseded: boolean }
  | { readonly status: "key_lost" }
  | { readonly status: "reused" }
  | { readonly status: "ended" }
  | { readonly status: "expired" }
  | { readonly status: "invalid" };

export interface PresentedToken {
  readonly counter: number;
  readonly keyThumbprint: string | null;
  readonly carriedBy: Carrier;
}

/**
 * Where a refresh token came from: the cookie that a browser keeps for the page that asks, or anywhere else. Who has
 * copied a cookie can pose as a browser, and gains nothing by it: another key gets no tokens either way.
 */
export type Carrier = "browser_cookie" | "other";

export function decideRotation(
  session: SessionRecord,
  presented: PresentedToken,
  now: Date,
  reuseIntervalInSeconds: number,
  ageInMs: AgeInMs = (time) => now.getTime() - time.getTime(),
): RotationDecision {
  if (session.endReason === "expired") return { status: "expired" };
  if (session.endedAt !== null) return { status: "ended" };
  if (session.expiresAt <= now || session.idleExpiresAt <= now) return { status: "expired" };
  if (session.keyThumbprint !== null) {
    if (presented.keyThumbprint === null) return { status: "proof_missing" };
    if (presented.keyThumbprint !== session.keyThumbprint) return decideOtherKey(session, presented);
  }
  if (presented.counter > session.counter) return { status: "move_forward" };
  if (presented.counter === session.counter) return { status: "rotate" };

  const isBound = session.keyThumbprint !== null;
  const isPredecessor = presented.counter === session.counter - 1;
  const isWithinInterval = wasSupersededWithin(session, presented.counter, ageInMs, reuseIntervalInSeconds);
  if (isPredecessor ? isBound || isWithinInterval : isBound && isWithinInterval) return { status: "repeat" };
  // So many rotations within the interval that this one's time is no longer kept: it cannot be distinguished from an honest one.
  if (isBound && !isPredecessor && hasOverflowed(session, ageInMs, reuseIntervalInSeconds))
    return { status: "invalid" };
  return { status: "reused" };
}

function decideOtherKey({ counter }: SessionRecord, presented: PresentedToken): RotationDecision {
  // A browser has the newest token or, when an answer was lost, the one before.
  if (presented.carriedBy === "browser_cookie" && presented.counter >= counter - 1)
    return { status: "key_lost" };
  return { status: "other_key", tokenWasSuperseded: presented.counter < counter };
}

/** How long ago a stored time was: see WatchedClock.ageInMs. */
type AgeInMs = (time: Date) => number;

/**
 * A time that is still to come was written by a clock that was set back since, and nobody knows how long ago. Within five
 * minutes it counts as just now; were it to count for longer, theft would go unnoticed for as long as the clock was ahead.
 */
const SET_BACK_IN_MS = 300_000;
const ENTRY_LENGTH = 9;
/** As many as a reuse interval holds when a session keeps to 200 refreshes a minute evenly. */
const KEPT_ENTRIES = 100;
export const SUPERSEDED_TEXT_LENGTH = ENTRY_LENGTH * KEPT_ENTRIES;

/** A time as nine characters, so that the list can be kept by one SQL expression: new entry, then the old text, cut. */
function supersededEntry(at: Date): string {
  return at.getTime().toString(36).padStart(ENTRY_LENGTH, "0");
}

/**
 * The entries of a rotation that leaves `from` and ends after `presented`. When those in between were superseded is not
 * known any more: no sooner than now, so that a device's own retry is not taken for theft.
 */
export function supersededEntries(from: number, presented: number, at: Date): string {
  return supersededEntry(at).repeat(Math.min(KEPT_ENTRIES, presented - from + 1));
}

function hasOverflowed(session: SessionRecord, ageInMs: AgeInMs, intervalInSeconds: number): boolean {
  const oldestKept = session.counter - KEPT_ENTRIES;
  return oldestKept >= 0 && wasSupersededWithin(session, oldestKept, ageInMs, intervalInSeconds);
}

function wasSupersededWithin(
  session: SessionRecord,
  counter: number,
  ageInMs: AgeInMs,
  intervalInSeconds: number,
): boolean {
  const start = (session.counter - 1 - counter) * ENTRY_LENGTH;
  const entry = session.supersededAt.slice(start, start + ENTRY_LENGTH);
  if (entry.length < ENTRY_LENGTH) return false;
  const age = ageInMs(new Date(Number.parseInt(entry, 36)));
  return age <= intervalInSeconds * 1000 && age >= -SET_BACK_IN_MS;
}
