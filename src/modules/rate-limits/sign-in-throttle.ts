import { setTimeout } from "node:timers/promises";
import pLimit, { type LimitFunction } from "p-limit";
import { DomainError } from "../domain-error";
import type { Clock } from "../ports";
import { keyedHash } from "../secret-hash";

export interface ThrottleRecord {
  readonly key: string;
  readonly failures: number;
  readonly blockedUntil: Date;
  /** Counted and not found wrong yet, at all instances. Only what is polite goes by it: a crash leaves it too high. */
  readonly checksUnderWay: number;
}

/** As it is stored, with the time of its latest count. */
export interface CountedThrottle extends ThrottleRecord {
  readonly lastFailureAt: Date;
}

export interface ThrottleStore {
  find(key: string): Promise<CountedThrottle | undefined>;
  /** Compare-and-set: inserts when `seen` is undefined, else updates the row that still has the counts of `seen`. */
  advance(seen: ThrottleRecord | undefined, next: ThrottleRecord, now: Date): Promise<boolean>;
  /** One check is no longer under way: it was wrong. */
  noteChecked(key: string): Promise<void>;
  clear(key: string): Promise<void>;
  /** Forgets the count where it is `failures` or more. */
  clearFrom(key: string, failures: number): Promise<void>;
  /** Forgets counts that have not risen since, but for those of `failures` and more. */
  deleteIdleSince(before: Date, failures: number): Promise<number>;
}

/** This many wrong passwords in a row are free of waiting. */
export const FREE_FAILURES = 4;
/**
 * NIST SP 800-63B-4 section 3.2.2: no more consecutive failures than this. After it no time that passes helps, only the
 * right password where the count is another one, a new password, or the operator.
 */
export const MAX_CONSECUTIVE_FAILURES = 100;
/** After the last wrong password. */
const KEPT_IN_MS = 30 * 86_400_000;
const FIRST_WAIT_IN_SECONDS = 60;
const MAX_WAIT_IN_SECONDS = 3600;
/** How long a check at another instance is waited for. What has not ended by then has crashed, or its machine is overloaded. */
const LOOKS = 200;
const LOOK_AGAIN_AFTER_IN_MS = 50;
const UNDER_WAY_AT_MOST_IN_MS = 15_000;
/** The same for names that do not exist: it promises nothing of an account. */
const LOCKED_MESSAGE =
  "Too many wrong passwords or codes, and waiting does not help here. Sign in where you have signed in before, or by QR code with a phone that is signed in; or ask the operator to unlock the account.";

/** The wait after so many wrong passwords in a row, in seconds: 1 minute after the fifth, then doubling up to an hour. */
export function waitAfterFailuresInSeconds(failures: number): number {
  if (failures <= FREE_FAILURES) return 0;
  return Math.min(MAX_WAIT_IN_SECONDS, FIRST_WAIT_IN_SECONDS * 2 ** (failures - FREE_FAILURES - 1));
}

/** Whose count an attempt goes to: a name's, known or not, or that of one device or session of its account. */
export interface ThrottleSubject {
  readonly usernameKey: string;
  /**
   * What keeps a count of its own: the thumbprint of a key that has signed in to this account, or what represents a session
   * of it. Null for everybody else, who share the name's.
   */
  readonly ownCountOf: string | null;
  /**
   * What is guessed at; passwords, when it is left out. Codes have counts of their own: who knows the password must not
   * clear theirs by entering it.
   */
  readonly guessed?: "codes";
}

/**
 * Counts wrong passwords per account, so that waits grow.
 *
 * An attempt is counted before its password is checked and taken back when it was right, so that N guesses at once count
 * N. A device that has signed in before, and a session, keep their own count: guesses from elsewhere cannot lock the owner
 * out, and theirs lock nobody else out. Names are counted whether or not they exist, under a keyed hash.
 *
 * A right password under a count of its own also opens a name that is locked. Short of that it leaves the name's count, and
 * its waits, alone: an owner who signs in often must not buy a guesser new tries.
 */
export class SignInThrottle {
  readonly #store: ThrottleStore;
  readonly #clock: Clock;
  readonly #key: Uint8Array;
  readonly #lanes = new Map<string, LimitFunction>();

  constructor(options: { store: ThrottleStore; clock: Clock; key: Uint8Array }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#key = options.key;
  }

  /** How many wrong passwords in a row were counted for the name, from all places. */
  async failuresOf(subject: ThrottleSubject): Promise<number> {
    return (await this.#store.find(this.#keyOf(subject)))?.failures ?? 0;
  }

  /**
   * Runs a password check under the count.
   *
   * No more checks of one account run side by side than may fail without a wait, at all instances together, so that honest
   * sign-ins at the same moment queue for each other instead of being refused.
   *
   * @param check returns whether the password was right; it may throw when it did not come to check one
   * @throws DomainError `too_many_attempts` while the account has to wait
   */
  async attempt<T>(
    subject: ThrottleSubject,
    check: () => Promise<T>,
    wasRight: (result: T) => boolean,
  ): Promise<T> {
    const key = this.#keyOf(subject);
    return this.#inLane(key, async () => {
      const before = await this.#count(key);
      const result = await check().catch(async (error: unknown) => {
        await this.#takeBack(key, before);
        throw error;
      });
      if (!wasRight(result)) {
        await this.#store.noteChecked(key);
        return result;
      }
      await this.#store.clear(key);
      if (subject.ownCountOf !== null) await this.#unlock(subject);
      return result;
    });
  }

  /** Forgets a count, as after a change of the password. */
  forget(subject: ThrottleSubject): Promise<void> {
    return this.#store.clear(this.#keyOf(subject));
  }

  /**
   * Forgets counts that have not risen for a while. Those that have reached the most there may be stay for ever: waiting is
   * not to open new guesses. @returns how many
   */
  sweep(now: Date): Promise<number> {
    const before = new Date(now.getTime() - KEPT_IN_MS);
    return this.#store.deleteIdleSince(before, MAX_CONSECUTIVE_FAILURES);
  }

  #unlock(subject: ThrottleSubject): Promise<void> {
    return this.#store.clearFrom(this.#keyOf({ ...subject, ownCountOf: null }), MAX_CONSECUTIVE_FAILURES);
  }

  #keyOf(subject: ThrottleSubject): string {
    const { usernameKey, ownCountOf, guessed } = subject;
    const parts = guessed ? [usernameKey, ownCountOf, guessed] : [usernameKey, ownCountOf];
    return keyedHash(this.#key, JSON.stringify(parts));
  }

  async #inLane<T>(key: string, run: () => Promise<T>): Promise<T> {
    const lane = this.#lanes.get(key) ?? pLimit(FREE_FAILURES);
    this.#lanes.set(key, lane);
    try {
      return await lane(run);
    } finally {
      if (lane.activeCount + lane.pendingCount === 0) this.#lanes.delete(key);
    }
  }

  /** @returns the count before this one */
  async #count(key: string): Promise<ThrottleRecord> {
    for (let looks = 1; ; looks += 1) {
      const seen = await this.#store.find(key);
      // Read after the row: another attempt may have been counted while we waited for it, and one without a wait says now.
      const now = this.#clock.now();
      refuseLocked(seen);
      const waitInSeconds = Math.ceil(((seen?.blockedUntil.getTime() ?? 0) - now.getTime()) / 1000);
      // Longer than any wait: the clock was ahead and has been set right. The next wrong password sets a new wait.
      const hasToWait = waitInSeconds > 0 && waitInSeconds <= MAX_WAIT_IN_SECONDS;
      const underWay = checksUnderWay(seen, now);
      // Those under way may be right, and then nobody has to wait.
      if (looks < LOOKS && (hasToWait ? underWay > 0 : underWay >= FREE_FAILURES)) {
        await setTimeout(LOOK_AGAIN_AFTER_IN_MS);
        continue;
      }
      if (hasToWait) throw new DomainError("too_many_attempts", { retryAfterInSeconds: waitInSeconds });
      const failures = (seen?.failures ?? 0) + 1;
      const blockedUntil = new Date(now.getTime() + waitAfterFailuresInSeconds(failures) * 1000);
      const next = { key, failures, blockedUntil, checksUnderWay: underWay + 1 };
      if (await this.#store.advance(seen, next, now)) {
        return seen ?? { key, failures: 0, blockedUntil: now, checksUnderWay: 0 };
      }
    }
  }

  /** The password was not looked at after all. A crash in between leaves the count one too high, never too low. */
  async #takeBack(key: string, before: ThrottleRecord): Promise<void> {
    for (;;) {
      const now = this.#clock.now();
      const seen = await this.#store.find(key);
      if (!seen || seen.failures === 0) return;
      const failures = seen.failures - 1;
      // The wait that our own count brought goes with it; one that another count has brought since stays.
      const isOurWait = failures === before.failures || waitAfterFailuresInSeconds(failures) === 0;
      const blockedUntil = isOurWait ? before.blockedUntil : seen.blockedUntil;
      const checksUnderWay = Math.max(0, seen.checksUnderWay - 1);
      if (await this.#store.advance(seen, { key, failures, blockedUntil, checksUnderWay }, now)) return;
    }
  }
}

/** @throws DomainError `too_many_attempts` where no time that passes helps */
function refuseLocked(seen: ThrottleRecord | undefined): void {
  if (!seen || seen.failures < MAX_CONSECUTIVE_FAILURES) return;
  throw new DomainError("too_many_attempts", {
    message: LOCKED_MESSAGE,
    retryAfterInSeconds: MAX_WAIT_IN_SECONDS,
    extra: { locked: true },
  });
}

function checksUnderWay(seen: CountedThrottle | undefined, now: Date): number {
  if (!seen || now.getTime() - seen.lastFailureAt.getTime() > UNDER_WAY_AT_MOST_IN_MS) return 0;
  return seen.checksUnderWay;
}
