import { type AccountRecord, admitsOwner } from "../accounts";
import type { PasswordHasher } from "../passwords";
import type { Clock } from "../ports";
import { partyByItself, partyOf, type ThrottleSubject } from "../rate-limits";
import type { SessionRecord } from "../sessions";
import type { TicketRecord, Tickets } from "../tickets";
import type { Attempts, Caller } from "./attempts";

export interface PasswordCheckOptions {
  readonly tickets: Tickets;
  readonly hasher: PasswordHasher;
  readonly clock: Clock;
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

/** The check of one password. */
export class PasswordCheck {
  readonly #options: PasswordCheckOptions;
  readonly #attempts: Attempts;

  constructor(options: PasswordCheckOptions, attempts: Attempts) {
    this.#options = options;
    this.#attempts = attempts;
  }

  /**
   * Counts the attempt, uses up its ticket, checks the password, in this order. It does the same work whether or not there
   * is such an account, and whether or not it admits its owner.
   *
   * @throws DomainError `too_many_attempts`, `invalid_ticket`, `temporarily_unavailable`
   */
  isRight({ subject, account, password, ticket, caller }: PasswordAttempt): Promise<boolean> {
    const { hasher, tickets, clock } = this.#options;
    // Who else is at a known device's address is nobody's choice, so it does not wait for them.
    const party = subject.ownCountOf === null ? partyOf(caller.address) : partyByItself(subject.ownCountOf);
    const check = (): Promise<boolean> =>
      hasher.withRoom(party, async (checks) => {
        if (ticket) await tickets.consume(ticket);
        if (!account) return checks.verifyAgainstNothing(password);
        const isRight = await checks.verify(account.passwordHash, password);
        return isRight && admitsOwner(account, clock.now());
      });
    return this.#attempts.isRight({ subject, account, caller, reason: "invalid_credentials", check });
  }
}
