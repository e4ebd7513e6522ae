import { DomainError } from "../domain-error";
import type { Clock, RandomSource } from "../ports";
import { hashSecret, newSecret } from "../secret-hash";

export const CHALLENGE_LIFETIME_IN_SECONDS = 300;
/** Somebody has to find an app first, and to install it. */
export const ENROLMENT_LIFETIME_IN_SECONDS = 900;
export const MAX_TRIES = 5;
/** A clock that is set back by so much ends no challenge. */
const SET_BACK_IN_SECONDS = 300;

export interface ChallengeRecord {
  readonly idHash: string;
  readonly userId: string;
  readonly keyThumbprint: string | null;
  readonly applicationId: string | null;
  readonly passwordChangedAt: Date;
  readonly isEnrolment: boolean;
  readonly tries: number;
  readonly expiresAt: Date;
}

export interface ChallengeStore {
  /** @returns false when the account is closed by now, or has another password: then there is no challenge */
  insert(challenge: ChallengeRecord): Promise<boolean>;
  find(idHash: string): Promise<ChallengeRecord | undefined>;
  /** @returns how many tries there were with this one; undefined when there were as many as may be, or it is gone */
  countTry(idHash: string, max: number): Promise<number | undefined>;
  /** Takes it away. @returns true for one call at most */
  consume(idHash: string): Promise<boolean>;
  /** Takes away all of an account. */
  endAllOf(userId: string): Promise<void>;
  deleteExpiredBefore(before: Date): Promise<number>;
}

export interface ChallengesOptions {
  readonly challenges: ChallengeStore;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** Sign-ins that wait for their second factor: 256 bits, kept hashed, for one key, good once. */
export class SecondFactorChallenges {
  readonly #options: ChallengesOptions;

  constructor(options: ChallengesOptions) {
    this.#options = options;
  }

  /** @throws DomainError `invalid_credentials` when the account was closed since its password was checked, or has another */
  async issue(
    given: Omit<ChallengeRecord, "idHash" | "tries" | "expiresAt">,
  ): Promise<{ challenge: string; expiresInSeconds: number }> {
    const { challenges, clock, random } = this.#options;
    const challenge = newSecret(random);
    const expiresInSeconds = lifetimeOf(given);
    const expiresAt = new Date(clock.now().getTime() + expiresInSeconds * 1000);
    const record = { ...given, idHash: hashSecret(challenge), tries: 0, expiresAt };
    if (!(await challenges.insert(record))) throw new DomainError("invalid_credentials");
    return { challenge, expiresInSeconds };
  }

  /**
   * Looks at a challenge without using it up.
   *
   * @throws DomainError `invalid_ticket` when it is unknown, used, expired, tried too often, or another key's
   */
  async require(challenge: string, keyThumbprint: string | null): Promise<ChallengeRecord> {
    const found = await this.#options.challenges.find(hashSecret(challenge));
    const isUsable =
      found !== undefined &&
      found.keyThumbprint === keyThumbprint &&
      found.tries < MAX_TRIES &&
      this.#isInTime(found);
    if (!isUsable) throw new DomainError("invalid_ticket");
    return found;
  }

  /** Counts a try before it is looked at. @returns how many are left @throws DomainError `invalid_ticket` */
  async countTry({ idHash }: ChallengeRecord): Promise<number> {
    const tries = await this.#options.challenges.countTry(idHash, MAX_TRIES);
    if (tries === undefined) throw new DomainError("invalid_ticket");
    return MAX_TRIES - tries;
  }

  /** Uses it up; of any number of callers one succeeds. @throws DomainError `invalid_ticket` */
  async consume({ idHash }: ChallengeRecord): Promise<void> {
    if (!(await this.#options.challenges.consume(idHash))) throw new DomainError("invalid_ticket");
  }

  /** Ends the sign-ins of an account that wait: also one that is open again must not be entered by them. */
  endAllOf(userId: string): Promise<void> {
    return this.#options.challenges.endAllOf(userId);
  }

  /** Forgets those that have expired. @returns how many */
  sweep(now: Date): Promise<number> {
    return this.#options.challenges.deleteExpiredBefore(now);
  }

  /** Not later than it can be either: that was by a clock which was ahead and has been set right. */
  #isInTime(challenge: ChallengeRecord): boolean {
    const leftInMs = challenge.expiresAt.getTime() - this.#options.clock.now().getTime();
    return leftInMs > 0 && leftInMs <= (lifetimeOf(challenge) + SET_BACK_IN_SECONDS) * 1000;
  }
}

function lifetimeOf({ isEnrolment }: Pick<ChallengeRecord, "isEnrolment">): number {
  return isEnrolment ? ENROLMENT_LIFETIME_IN_SECONDS : CHALLENGE_LIFETIME_IN_SECONDS;
}

export function issuedAt(challenge: ChallengeRecord): Date {
  return new Date(challenge.expiresAt.getTime() - lifetimeOf(challenge) * 1000);
}
