import { createHash } from "node:crypto";
import { DomainError } from "../domain-error";
import type { Clock, RandomSource } from "../ports";
import { hashSecret, newSecret } from "../secret-hash";

/** The browser shows its own dialog meanwhile, and people look for their key. */
export const CHALLENGE_LIFETIME_IN_SECONDS = 300;
/** A clock that is set back by so much ends no challenge. */
const SET_BACK_IN_SECONDS = 300;

export interface ChallengeRecord {
  readonly challengeHash: string;
  /** What it serves: the session whose account gets the key, or the sign-up that it belongs to. */
  readonly holder: string;
  readonly expiresAt: Date;
}

export interface PasskeyChallengeStore {
  insert(challenge: ChallengeRecord): Promise<void>;
  /**
   * Takes the challenge away, when it has this holder and expires within these times.
   *
   * @returns true for one call at most
   */
  consume(
    challenge: Omit<ChallengeRecord, "expiresAt">,
    expires: { readonly after: Date; readonly until: Date },
  ): Promise<boolean>;
  deleteExpiredBefore(before: Date): Promise<number>;
}

export interface ChallengesOptions {
  readonly challenges: PasskeyChallengeStore;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/**
 * The challenges of new passkeys (WebAuthn Level 3, section 13.4.3): 256 bits, kept hashed, for one holder, and good once
 * for five minutes. A sign-in needs no row: its challenge is {@link signInChallenge}, and its ticket serves once.
 */
export class Challenges {
  readonly #options: ChallengesOptions;

  constructor(options: ChallengesOptions) {
    this.#options = options;
  }

  async issue(holder: string): Promise<string> {
    const { challenges, clock, random } = this.#options;
    const challenge = newSecret(random);
    const expiresAt = new Date(clock.now().getTime() + CHALLENGE_LIFETIME_IN_SECONDS * 1000);
    await challenges.insert({ challengeHash: hashSecret(challenge), holder, expiresAt });
    return challenge;
  }

  /** @throws DomainError `invalid_passkey`, for every call but one */
  async consume(challenge: string, holder: string): Promise<void> {
    const { challenges, clock } = this.#options;
    const now = clock.now();
    const most = (CHALLENGE_LIFETIME_IN_SECONDS + SET_BACK_IN_SECONDS) * 1000;
    const expires = { after: now, until: new Date(now.getTime() + most) };
    if (!(await challenges.consume({ challengeHash: hashSecret(challenge), holder }, expires))) {
      throw new DomainError("invalid_passkey");
    }
  }

  /** Forgets those that have expired unused. @returns how many */
  sweep(now: Date): Promise<number> {
    return this.#options.challenges.deleteExpiredBefore(now);
  }
}

/** The challenge that a passkey signs for a sign-in or a step-up with this ticket, base64url. Only who has the ticket knows it. */
export function signInChallenge(ticket: string): string {
  return createHash("sha256").update("countersign passkey\0").update(ticket).digest("base64url");
}
