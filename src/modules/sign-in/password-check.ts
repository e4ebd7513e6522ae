import type { AccountRecord } from "../accounts";
import type { AuditTrail } from "../audit";
import type { KnownDeviceStore } from "../devices";
import { isDomainError } from "../domain-error";
import type { PasswordHasher } from "../passwords";
import {
  type AddressLimiter,
  consumeOrRefuse,
  partyByItself,
  partyOf,
  type SignInThrottle,
  type ThrottleSubject,
} from "../rate-limits";
import type { SessionRecord } from "../sessions";
import type { TicketRecord, Tickets } from "../tickets";

export interface PasswordCheckOptions {
  readonly tickets: Tickets;
  readonly hasher: PasswordHasher;
  readonly throttle: SignInThrottle;
  readonly knownDevices: KnownDeviceStore;
  readonly audit: AuditTrail;
  /** Passwords being checked or found wrong, by address: what limits them. */
  readonly addressAttempts: AddressLimiter;
  /** Wrong passwords by address: what the captcha's ladder goes by. */
  readonly addressFailures: AddressLimiter;
}

/** What is known of the caller. */
export interface Caller {
  readonly address: string | null;
  readonly userAgent: string | null;
  /** Thumbprint of the key that proved the request; null without a proof. */
  readonly keyThumbprint: string | null;
}

export interface PasswordAttempt {
  readonly subject: ThrottleSubject;
  readonly account: AccountRecord | undefined;
  readonly password: string;
  /** Null where the password came plainly from somebody who is signed in. */
  readonly ticket: TicketRecord | null;
  readonly caller: Caller;
}

/**
 * What a session's wrong passwords are counted by: its own key, which may be a known device of the account as well, or
 * itself where it has none. So a thief of a session cannot lock the account.
 */
export function ownCountOf({ keyThumbprint, id }: Pick<SessionRecord, "keyThumbprint" | "id">): string {
  return keyThumbprint ?? `session ${id}`;
}

/** The check of one password: under the counts of its account and its address, and with a line for what was refused. */
export class PasswordCheck {
  readonly #options: PasswordCheckOptions;

  constructor(options: PasswordCheckOptions) {
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
   * Counts the attempt, uses up its ticket, checks the password, in this order. It does the same work whether or not there
   * is such an account, and whether or not it is open.
   *
   * @throws DomainError `too_many_attempts`, `invalid_ticket`, `temporarily_unavailable`
   */
  async isRight(attempt: PasswordAttempt): Promise<boolean> {
    const { throttle, hasher, tickets } = this.#options;
    const { subject, account, password, ticket, caller } = attempt;
    // Who else is at a known device's address is nobody's choice, so it does not wait for them.
    const party = subject.ownCountOf === null ? partyOf(caller.address) : partyByItself(subject.ownCountOf);
    const check = (): Promise<boolean> =>
      hasher.withRoom(party, async (checks) => {
        if (ticket) await tickets.consume(ticket);
        if (!account) return checks.verifyAgainstNothing(password);
        const isRight = await checks.verify(account.passwordHash, password);
        return isRight && account.disabledAt === null;
      });
    const attemptOnce = () => throttle.attempt(subject, check, (result) => result);
    return this.noting(caller, account, () =>
      // The own count of a known device, or of a session, bounds it far closer, and no neighbour of it can use that up.
      subject.ownCountOf !== null ? attemptOnce() : this.#countedByAddress(caller, attemptOnce),
    );
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

  /** Writes down what was refused: a wrong password, a wrong captcha, or one try too many. */
  async noting<T>(caller: Caller, account: AccountRecord | undefined, run: () => Promise<T>): Promise<T> {
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
    if (result === false) await note("sign_in_refused", "invalid_credentials");
    return result;
  }
}
