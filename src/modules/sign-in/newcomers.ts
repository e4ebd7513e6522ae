import type { CaptchaAnswer } from "../../contract/schemas";
import { type SignUpInput, signUpCredentials, type VerifySignUpInput } from "../../contract/sign-up";
import type { AccountRecord, CheckedNames } from "../accounts";
import { openCredentials } from "../credentials";
import type { IssuedTokens } from "../sessions";
import type { TicketRecord } from "../tickets";
import type { Attempts, Caller } from "./attempts";
import type { Finish } from "./finish";
import { PasswordCheck } from "./password-check";
import { rungFor } from "./risk";
import { SecondStep } from "./second-step";
import type { SignInOptions } from "./sign-in";

/** Somebody who wants an account with a password. */
export interface Newcomer {
  readonly names: CheckedNames;
  readonly password: string;
  readonly caller: Caller;
}

/** A sign-up by password, as far as it is the same by whatever lets people in: an invitation, or a proven address. */
export type PasswordSignUpInput = Exclude<SignUpInput, { passkey: unknown }> | VerifySignUpInput;

/** What is the same for all who sign up. */
export class Newcomers {
  readonly #options: SignInOptions;
  readonly #attempts: Attempts;
  readonly #finish: Finish;
  readonly #passwords: PasswordCheck;
  readonly #second: SecondStep;

  constructor(options: SignInOptions, { attempts, finish }: { attempts: Attempts; finish: Finish }) {
    this.#options = options;
    this.#attempts = attempts;
    this.#finish = finish;
    this.#passwords = new PasswordCheck(options, attempts);
    this.#second = new SecondStep(options, attempts, finish);
  }

  /**
   * Who asks, and for what. All that can be corrected (names, password, captcha) is refused here, and leaves the ticket usable.
   *
   * @throws DomainError `invalid_request`, `weak_password`, `captcha_required`, `captcha_failed`
   */
  async read(input: PasswordSignUpInput, ticket: TicketRecord, caller: Caller): Promise<Newcomer> {
    const { accounts } = this.#options;
    const { username, display_name: displayName } = input;
    const password = await this.#passwordOf(input);
    const names = accounts.checkNames({ username, displayName });
    accounts.checkPassword(password, names);
    await this.requireCheck(ticket, input.captcha, caller);
    return { names, password, caller };
  }

  /** @throws DomainError `captcha_required`, `captcha_failed` */
  async requireCheck(
    ticket: TicketRecord,
    answer: CaptchaAnswer | null | undefined,
    caller: Caller,
  ): Promise<void> {
    const { captcha } = this.#options;
    await this.#attempts.noting(caller, undefined, async () =>
      captcha.require(ticket, await rungFor(this.#options, caller, undefined), answer ?? undefined),
    );
  }

  /**
   * The account is there already: its password says whether by who asks now, as at any sign-in.
   *
   * @param ticket is used up; null where it was
   * @throws DomainError `too_many_attempts`, `invalid_ticket`, `temporarily_unavailable`
   */
  async isTheirs(
    account: AccountRecord,
    { password, caller }: Newcomer,
    ticket: TicketRecord | null,
  ): Promise<boolean> {
    const subject = await this.#attempts.subjectOf(account.usernameKey, account, caller);
    return this.#passwords.isRight({ subject, account, password, ticket, caller });
  }

  /** Signs them in, who have just proven the password. @throws DomainError `second_factor_required` */
  async open(account: AccountRecord, caller: Caller): Promise<IssuedTokens> {
    const subject = await this.#attempts.subjectOf(account.usernameKey, account, caller);
    await this.#second.requireNone(account, caller, null);
    const by = { method: "password", factors: ["pwd"] } as const;
    return this.#finish.open({ account, subject, caller, application: null, by });
  }

  async #passwordOf(input: PasswordSignUpInput): Promise<string> {
    if (!("credentials" in input)) return input.password;
    const { keys } = this.#options;
    return (await openCredentials(input.credentials, input.t, signUpCredentials, keys)).password;
  }
}
