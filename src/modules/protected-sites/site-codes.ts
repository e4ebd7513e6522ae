import { DomainError } from "../domain-error";
import type { Clock, RandomSource, RateLimiter } from "../ports";
import { consumeOrRefuse } from "../rate-limits";
import { hashSecret, newId, newSecret } from "../secret-hash";

/** From Countersign's page to the site's own address: one form that sends itself. */
export const SITE_CODE_LIFETIME_IN_SECONDS = 60;
/** A clock that is set back by so much ends no code. */
const SET_BACK_IN_SECONDS = 300;

export interface SiteCodeRecord {
  readonly codeHash: string;
  /** The origin it is for. */
  readonly site: string;
  /** Names the hand-over, which a sealed cookie ties to the browser that began it. */
  readonly state: string;
  readonly sessionId: string;
  readonly expiresAt: Date;
}

export interface SiteCodeStore {
  insert(code: SiteCodeRecord): Promise<void>;
  /**
   * Takes the code away, when all of this is true of it and it expires within these times.
   *
   * @returns the session of the code; undefined for every call but one
   */
  consume(
    code: Omit<SiteCodeRecord, "sessionId" | "expiresAt">,
    expires: { readonly after: Date; readonly until: Date },
  ): Promise<string | undefined>;
  deleteExpiredBefore(before: Date): Promise<number>;
}

interface SiteCodesOptions {
  readonly store: SiteCodeStore;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Counts the codes of each session. */
  readonly limiter: RateLimiter;
}

/**
 * One-time codes that hand a signed-in browser over to a protected site (compare RFC 6749 section 4.1.2). Each has 256
 * bits, lives for a minute, is kept hashed, and works once, for one site, one session and one hand-over.
 */
export class SiteCodes {
  readonly #options: SiteCodesOptions;

  constructor(options: SiteCodesOptions) {
    this.#options = options;
  }

  /** @returns the name of a new hand-over: it may be seen, and cannot be guessed */
  newState(): string {
    return newId(this.#options.random);
  }

  /** @throws DomainError `too_many_attempts` */
  async issue(handOver: { site: string; state: string; sessionId: string }): Promise<string> {
    const { store, clock, random, limiter } = this.#options;
    await consumeOrRefuse(limiter, handOver.sessionId);
    const code = newSecret(random);
    const expiresAt = new Date(clock.now().getTime() + SITE_CODE_LIFETIME_IN_SECONDS * 1000);
    await store.insert({ ...handOver, codeHash: hashSecret(code), expiresAt });
    return code;
  }

  /**
   * Of any number of callers one succeeds. A code that is presented for another site or hand-over is refused, not used up.
   *
   * @returns the session that it was issued to, whatever has become of it since
   * @throws DomainError `invalid_grant`
   */
  async consume(code: string, { site, state }: { site: string; state: string }): Promise<string> {
    const { store, clock } = this.#options;
    const now = clock.now();
    // Not later than it can be either: that was by a clock which was ahead and has been set right.
    const most = (SITE_CODE_LIFETIME_IN_SECONDS + SET_BACK_IN_SECONDS) * 1000;
    const expires = { after: now, until: new Date(now.getTime() + most) };
    const sessionId = await store.consume({ codeHash: hashSecret(code), site, state }, expires);
    if (sessionId === undefined) throw new DomainError("invalid_grant");
    return sessionId;
  }

  /** Forgets those that have expired unused. @returns how many */
  sweep(now: Date): Promise<number> {
    return this.#options.store.deleteExpiredBefore(now);
  }
}
