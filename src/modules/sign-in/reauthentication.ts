import {
  type CodeKind,
  changePasswordCredentials,
  type StepUpInput,
  stepUpCredentials,
} from "../../contract/schemas";
import type { AccountRecord, Accounts } from "../accounts";
import { type Factor, requireRecent } from "../assurance";
import { openCredentials } from "../credentials";
import { DomainError } from "../domain-error";
import type { Clock } from "../ports";
import type { ThrottleSubject } from "../rate-limits";
import type { SecondFactors } from "../second-factor";
import type { Principal, Sessions } from "../sessions";
import type { TicketRecord } from "../tickets";
import type { ServerKeys } from "../tokens";
import { Attempts, type AttemptsOptions, type Caller } from "./attempts";
import { PasskeyCheck, type PasskeyCheckOptions } from "./passkey-check";
import { ownCountOf, PasswordCheck, type PasswordCheckOptions } from "./password-check";

export interface ReauthenticationOptions extends AttemptsOptions, PasswordCheckOptions, PasskeyCheckOptions {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly secondFactors: SecondFactors;
  readonly keys: ServerKeys;
  readonly clock: Clock;
}

/** A secret change by someone signed in: plainly over TLS, or encrypted under a ticket. */
type Encrypted = { readonly t: string; readonly credentials: string };

type CodeInput = { readonly kind: CodeKind; readonly code: string };

/** What somebody who is signed in proves again, before a change that matters. */
export class Reauthentication {
  readonly #options: ReauthenticationOptions;
  readonly #attempts: Attempts;
  readonly #passwords: PasswordCheck;
  readonly #passkeys: PasskeyCheck;

  constructor(options: ReauthenticationOptions) {
    this.#options = options;
    this.#attempts = new Attempts(options);
    this.#passwords = new PasswordCheck(options, this.#attempts);
    this.#passkeys = new PasskeyCheck(options);
  }

  /**
   * Sets a new password over the old one; or a first one, which takes as much as a sign-in to such an account: a passkey, within
   * the last ten minutes.
   *
   * @throws DomainError `invalid_credentials`, `weak_password`, `too_many_attempts`, `invalid_ticket`; `invalid_request` where
   * the old one is left out, `step_up_required` for a first one
   */
  async changePassword(
    input: Encrypted | { old_password?: string | undefined; new_password: string },
    principal: Principal,
    caller: Caller,
  ): Promise<void> {
    const secrets = await this.#open(input, caller, changePasswordCredentials);
    const { old_password: oldPassword, ticket } = secrets;
    const account =
      oldPassword === undefined
        ? await this.#requireNoPassword(principal, ticket)
        : await this.#confirmPassword(principal, oldPassword, caller, ticket);
    const { address, userAgent } = caller;
    const by = { session: principal.session, address, userAgent };
    await this.#options.accounts.changePassword(account, secrets.new_password, by);
  }

  /**
   * Opens account settings to this session, as far as what is proven reaches.
   *
   * @throws DomainError as {@link changePassword}, `invalid_passkey` and `invalid_code`
   */
  async stepUp(input: StepUpInput, principal: Principal, caller: Caller): Promise<void> {
    const factors = await this.#proveAgain(input, principal, caller);
    await this.#options.sessions.stepUp(principal.session, factors);
    await this.#options.audit.record({
      type: "stepped_up",
      userId: principal.user.id,
      sessionId: principal.session.id,
      address: caller.address,
      detail: { factor: factors.join(" ") },
    });
  }

  /** Tells whether a code would be right, and leaves it unused. Wrong ones count as any guess. @throws DomainError `invalid_code` */
  async tryCode(input: CodeInput, principal: Principal, caller: Caller): Promise<void> {
    const account = await this.#accountOf(principal);
    await this.#confirmCode(principal, account, caller, () =>
      this.#options.secondFactors.codes.isRight(account.id, input.kind, input.code),
    );
  }

  /** @returns what someone who is signed in has proven just now */
  async #proveAgain(
    input: StepUpInput,
    principal: Principal,
    caller: Caller,
  ): Promise<[Factor, ...Factor[]]> {
    if ("passkey" in input) {
      const { passkey, factor } = await this.#passkeys.prove(input.t, input.passkey, caller);
      if (passkey.userId !== principal.user.id) throw new DomainError("invalid_passkey");
      return [factor];
    }
    const code = "code" in input ? { kind: input.kind, code: input.code } : undefined;
    if (!("credentials" in input) && !("password" in input)) {
      const account = await this.#accountOf(principal);
      await this.#consumeCode(input, principal, account, caller);
      return ["otp"];
    }
    const secrets = await this.#open(input, caller, stepUpCredentials);
    const account = await this.#confirmPassword(principal, secrets.password, caller, secrets.ticket);
    await this.#options.accounts.rehashIfDue(account, secrets.password);
    if (!code) return ["pwd"];
    await this.#consumeCode(code, principal, account, caller);
    return ["pwd", "otp"];
  }

  async #open<T extends { t: string }>(
    input: Encrypted | Omit<T, "t">,
    caller: Caller,
    shape: Parameters<typeof openCredentials<T>>[2],
  ): Promise<Omit<T, "t"> & { ticket: TicketRecord | null }> {
    if (!("credentials" in input)) return { ...(input as Omit<T, "t">), ticket: null };
    const { t, credentials } = input as Encrypted;
    const ticket = await this.#options.tickets.require(t, caller.keyThumbprint);
    return { ...(await openCredentials(credentials, t, shape, this.#options.keys)), ticket };
  }

  /** Checks the password of someone who is signed in, under the count of that session's key. */
  async #confirmPassword(
    principal: Principal,
    password: string,
    caller: Caller,
    ticket: TicketRecord | null,
  ): Promise<AccountRecord> {
    const account = await this.#accountOf(principal);
    const subject = subjectOf(principal, account);
    if (!(await this.#passwords.isRight({ subject, account, password, ticket, caller }))) {
      throw new DomainError("invalid_credentials", { message: "The password is incorrect." });
    }
    return account;
  }

  async #consumeCode(
    { kind, code }: CodeInput,
    principal: Principal,
    account: AccountRecord,
    caller: Caller,
  ): Promise<void> {
    const by = { sessionId: principal.session.id, address: caller.address };
    await this.#confirmCode(principal, account, caller, () =>
      this.#options.secondFactors.codes.consume(account.id, kind, code, by),
    );
  }

  /** Checks a code of theirs, which has a count of its own. @throws DomainError `invalid_code` */
  async #confirmCode(
    principal: Principal,
    account: AccountRecord,
    caller: Caller,
    check: () => Promise<boolean>,
  ): Promise<void> {
    const subject = subjectOf(principal, account);
    if (!(await this.#attempts.isRightCode({ subject, account, caller }, check)))
      throw new DomainError("invalid_code");
  }

  async #requireNoPassword(principal: Principal, ticket: TicketRecord | null): Promise<AccountRecord> {
    const account = await this.#accountOf(principal);
    if (account.passwordHash !== null) {
      const message = "The account has a password. Please enter it as well.";
      throw new DomainError("invalid_request", { field: "old_password", message });
    }
    requireRecent(principal.session, "phr", this.#options.clock.now());
    if (ticket) await this.#options.tickets.consume(ticket);
    return account;
  }

  async #accountOf({ user }: Principal): Promise<AccountRecord> {
    const account = await this.#options.accounts.find(user.id);
    if (!account) throw new DomainError("session_revoked");
    return account;
  }
}

/** The count of the session's key. */
function subjectOf({ session }: Principal, { usernameKey }: AccountRecord): ThrottleSubject {
  return { usernameKey, ownCountOf: ownCountOf(session) };
}
