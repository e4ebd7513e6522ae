/** What the domain asks of the world. `platform/` answers; tests answer with something they control. */
import type { Buffer } from "node:buffer";

export interface RandomSource {
  /** Bytes from a cryptographically secure generator. */
  bytes(length: number): Buffer;
  /** A uniform integer in `[0, maxExclusive)`. */
  integer(maxExclusive: number): number;
}

export interface Clock {
  now(): Date;
}

/** A clock that notices when somebody sets it. Its times are no order: what comes after what is for sequences to say. */
export interface WatchedClock extends Clock {
  /** Milliseconds that only grow, whatever the clock is set to. */
  uptimeInMs(): number;
  /** By how much it has been set since the process began, in milliseconds: positive forward, negative back. */
  setByInMs(): number;
  /**
   * How long ago it showed this time, in milliseconds, however it was set since. For times from before the process, the
   * plain difference, which is negative for one that it shows only later.
   */
  ageInMs(time: Date): number;
  /** Takes notice of a time that was written by it before. */
  saw(time: Date): void;
  /** How far it is behind the latest time that it has shown or that was written by it; 0 when it is not. */
  behindByInMs(): number;
}

/**
 * Something that was committed. A hint for those who wait: the row is the truth.
 *
 * Other processes may get it too, so the names stay as they are and every member is text or null: an event is the same
 * after JSON.
 */
export type DomainEvent =
  | { readonly type: "session_ended"; readonly sessionId: string; readonly userId: string }
  | { readonly type: "sessions_changed"; readonly userId: string }
  /** Name, roles or whether it may sign in: what is remembered of this user is out of date. */
  | { readonly type: "account_changed"; readonly userId: string }
  | { readonly type: "qr_changed"; readonly qrId: string; readonly claimantSessionId: string | null }
  /** Keys were made or retired. */
  | { readonly type: "keys_changed" }
  /** Something may have been missed: everything remembered is in doubt, and those who wait look again. */
  | { readonly type: "gap" };

/**
 * Delivers events to listeners. An event of this process is delivered before `publish` returns. One of another process
 * comes later; it may come twice, before or after others, or not at all, and then a `gap` comes in its place. So a listener
 * takes an event as the reason to look, never as what it would find.
 */
export interface EventBus {
  publish(event: DomainEvent): void;
  /** @returns the function that ends the subscription */
  subscribe(listener: (event: DomainEvent) => void): () => void;
}

/** A row that somebody waits for news of. A session also stands for its account and all sessions of that. */
export type AwaitedRow =
  | { readonly kind: "qr"; readonly id: string }
  | { readonly kind: "session"; readonly id: string; readonly userId: string };

/** Where events of other processes may be lost, the rows that are awaited are looked at now and then, and what is found is published. */
export interface AwaitedRows {
  /** @returns `isSeen` resolves when whatever changes from then on will be found */
  add(row: AwaitedRow): { readonly isSeen: Promise<void>; readonly stop: () => void };
}

/** Work that one of several instances does for all. */
export interface Lease {
  /** @returns whether this instance does it for the next seconds; who has it keeps it by asking again in time */
  hold(name: string, seconds: number): Promise<boolean>;
  /** Leaves all of it to the others. */
  letGo(): Promise<void>;
}

/** What became of the storage since the service last ran on it. */
export interface HistoryFindings {
  /**
   * Whether it is the one that the service ran on last; another copy, such as a restored backup; or not to be known,
   * because what was kept beside it is gone.
   */
  readonly copy: "same" | "another" | "unknown";
  /** What was live in it and had been ended or removed. */
  readonly endedSessions: readonly {
    readonly id: string;
    readonly userId: string;
    readonly reason: string;
  }[];
  readonly closedAccounts: number;
  readonly removedClients: number;
  /** The latest time that was written. */
  readonly latestTime: Date | null;
}

/**
 * What is known of the storage's past beside it, so that an older copy in its place is noticed and revives nothing: the
 * ends of sessions, the closing of accounts and the removal of clients are kept there too, by whatever statement they come.
 */
export interface StorageHistory {
  /** Ends again what had been ended, and in another copy whatever serves once. To be called before anything is answered. */
  compare(now: Date): Promise<HistoryFindings>;
  /** Marks the storage, so that every copy from before is another one. */
  mark(mark: string): Promise<void>;
  /** Ends all sessions, also those of every copy that may be put in this one's place. @returns how many were live here */
  endAllSessions(generation: string, now: Date): Promise<number>;
  /** The time by which dead rows were swept last. */
  sweptAt(): Promise<Date | null>;
  noteSweep(at: Date): Promise<void>;
  /** Forgets the ends of sessions whose absolute expiry is past. */
  forgetEndedBefore(before: Date): Promise<number>;
}

/** Secrets of the installation. Each purpose has a key of its own, so that none can be used in the place of another. */
export interface SecretRing {
  /** The secret that makes new things. */
  readonly currentId: string;
  /** All of them, the current one included. Whole numbers. */
  readonly ids: readonly string[];
  /** @returns 32 bytes derived for the purpose, or undefined when the installation has no secret of that id */
  derive(id: string, purpose: string): Buffer | undefined;
}

/** Counts per key in a sliding or fixed window; in memory for one process, shared for several. */
export interface RateLimiter {
  /** Counts one. @returns seconds to wait when that was one too many, else 0 */
  consume(key: string): Promise<number>;
  /** @returns how much is counted at the moment */
  count(key: string): Promise<number>;
  /** Takes one back that was counted. */
  giveBack(key: string): Promise<void>;
}

/** Where limits are counted. */
export interface Limiters {
  /**
   * @param name what it counts under, the same in every process and version: where counts are shared it is part of their
   *   key. Each name is given out once
   * @param limit so many in a window
   * @throws Error for a name that is given out already
   */
  named(name: string, limit: { readonly points: number; readonly windowInSeconds: number }): RateLimiter;
}
