import type { AccountRecord } from "../accounts";
import type { AuditTrail } from "../audit";
import type { KnownDeviceStore } from "../devices";
import { isDomainError } from "../domain-error";
import {
  type AddressLimiter,
  consumeOrRefuse,
  type SignInThrottle,
  type ThrottleSubject,
} from "../rate-limits";

export interface AttemptsOptions {
  readonly throttle: SignInThrottle;
  readonly knownDevices: KnownDeviceStore;
  readonly audit: AuditTrail;
  /** Secrets being checked or found wrong, by address: what limits them. */
  readonly addressAttempts: AddressLimiter;
  /** Wrong ones by address: what the captcha's ladder goes by. */
  readonly addressFailures: AddressLimiter;
}

/** What is known of the caller. */
export interface Caller {
  readonly address: string | null;
  readonly userAgent: string | null;
  /** Thumbprint of the key that proved the request; null without a proof. */
  readonly keyThumbprint: string | null;
}

/** One guess, right or wrong. */
export interface Attempt {
  readonly subject: ThrottleSubject;
  readonly account: AccountRecord | undefined;
  readonly caller: Caller;
  /** What a wrong one is called in the log. */
  readonly reason: "invalid_credentials" | "invalid_code";
  /** @returns whether it was right; it may throw when it did not come to a check */
  readonly check: () => Promise<boolean>;
}

/** Guesses at passwords and codes: each under the counts of its account and its address, and with a line when refused. */
export class Attempts {
  readonly #options: AttemptsOptions;

  constructor(options: AttemptsOptions) {
    this.#options = options;
  }

  /** Whose count an attempt goes to: the account's, or its own when the device has signed in to it before. */
  async subjectOf(
    usernameKey: string,
    account: AccountRecord | undefined,
    { keyThumbprint }: Caller,
  ): Promise<ThrottleSubject> {
    // Asked also for unknown names, so that the same queries are made.
    const isKnown =
      keyThumbprint !== null &&
      (await this.#options.knownDevices.isKnownTo(account?.id ?? "", keyThumbprint));
    return { usernameKey, ownCountOf: isKnown ? keyThumbprint : null };
  }

  /**
   * Counts the attempt, and then checks it.
   *
   * @throws DomainError `too_many_attempts`, and what the check throws
   */
  isRight({ subject, account, caller, reason, check }: Attempt): Promise<boolean> {
    const { throttle } = this.#options;
    const attemptOnce = () => throttle.attempt(subject, check, (result) => result);
    return this.noting(
      caller,
      account,
      () =>
        // The own count of a known device, or of a session, bounds it far closer, and no neighbour of it can use that up.
        subject.ownCountOf !== null ? attemptOnce() : this.#countedByAddress(caller, attemptOnce),
      reason,
    );
  }

  /** {@link isRight} for a code of a second factor: its guesses have a count of their own. */
  isRightCode(
    { subject, account, caller }: Pick<Attempt, "subject" | "account" | "caller">,
    check: Attempt["check"],
  ): Promise<boolean> {
    const ofCodes = { ...subject, guessed: "codes" } as const;
    return this.isRight({ subject: ofCodes, account, caller, reason: "invalid_code", check });
  }

  async #countedByAddress({ address }: Caller, attempt: () => Promise<boolean>): Promise<boolean> {
    const { addressAttempts, addressFailures } = this.#options;
    // Counted before the check and given back unless it failed, so that N guesses at once count N here too.
    await consumeOrRefuse(addressAttempts, address);
    let hasFailed = false;
    try {
      const isRight = await attempt();
      hasFailed = !isRight;
      return isRight;
    } finally {
      if (hasFailed) await addressFailures.consume(address);
      else await addressAttempts.giveBack(address);
    }
  }

  /** Writes down what was refused: a wrong password or code, a wrong captcha, or one try too many. */
  async noting<T>(
    caller: Caller,
    account: AccountRecord | undefined,
    run: () => Promise<T>,
    wrong: Attempt["reason"] = "invalid_credentials",
  ): Promise<T> {
    const note = (type: "captcha_failed" | "sign_in_refused", reason: string) =>
      this.#options.audit.record({
        type,
        userId: account?.id ?? null,
        address: caller.address,
        detail: { reason },
      });
    const result = await run().catch(async (error: unknown) => {
      if (isDomainError(error) && error.code === "captcha_failed") await note("captcha_failed", error.code);
      if (isDomainError(error) && error.code === "too_many_attempts")
        await note("sign_in_refused", error.code);
      throw error;
    });
    if (result === false) await note("sign_in_refused", wrong);
    return result;
  }
}
