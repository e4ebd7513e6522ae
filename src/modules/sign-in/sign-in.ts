import {
  type CaptchaAnswer,
  type LoginInput,
  loginCredentials,
  type TicketOutput,
} from "../../contract/schemas";
import type { SecondFactorInput } from "../../contract/second-factor";
import { admitsOwner, identifierKey } from "../accounts";
import { currentEncryptionJwk, openCredentials } from "../credentials";
import { DomainError, isDomainError } from "../domain-error";
import { type CallerLimiter, consumeOrRefuse } from "../rate-limits";
import type { NewTotp } from "../second-factor";
import type { IssuedTokens } from "../sessions";
import { TICKET_LIFETIME_IN_SECONDS } from "../tickets";
import type { ServerKeys } from "../tokens";
import { Attempts, type AttemptsOptions, type Caller } from "./attempts";
import type { CaptchaStep } from "./captcha-step";
import { type Application, Finish } from "./finish";
import { PasskeyCheck } from "./passkey-check";
import { PasswordCheck, type PasswordCheckOptions } from "./password-check";
import { type RiskOptions, rungFor } from "./risk";
import { type Completed, SecondStep, type SecondStepOptions } from "./second-step";

export interface SignInOptions extends AttemptsOptions, PasswordCheckOptions, SecondStepOptions, RiskOptions {
  readonly captcha: CaptchaStep;
  readonly keys: ServerKeys;
  /** Tickets by address, and by known device. */
  readonly ticketLimiter: CallerLimiter;
}

type PasskeyLogin = Extract<LoginInput, { passkey: unknown }>;

/** Sign-in with a password or a passkey. */
export class SignIn {
  readonly #options: SignInOptions;
  readonly #attempts: Attempts;
  readonly #passwords: PasswordCheck;
  readonly #passkeys: PasskeyCheck;
  readonly #finish: Finish;
  readonly #second: SecondStep;

  constructor(options: SignInOptions) {
    this.#options = options;
    this.#attempts = new Attempts(options);
    this.#passwords = new PasswordCheck(options, this.#attempts);
    this.#passkeys = new PasskeyCheck(options);
    this.#finish = new Finish(options);
    this.#second = new SecondStep(options, this.#attempts, this.#finish);
  }

  /** Issues the one-time ticket that starts a sign-in. @throws DomainError `too_many_attempts` */
  async getTicket(caller: Caller): Promise<TicketOutput> {
    const { tickets, captcha, keys, passkeys, ticketLimiter } = this.#options;
    await consumeOrRefuse(ticketLimiter, caller);
    const rung = await rungFor(this.#options, caller, undefined);
    const { t, captchaId } = await tickets.issue(caller.keyThumbprint, rung);
    return {
      t,
      expires_in: TICKET_LIFETIME_IN_SECONDS,
      encryption_jwk: currentEncryptionJwk(keys),
      captcha: captcha.offer(captchaId, rung),
      passkey_options: passkeys.proofs.requestOptions(t, TICKET_LIFETIME_IN_SECONDS),
    };
  }

  /**
   * Signs in.
   *
   * The order matters: all that can be refused without looking at the password comes first and leaves the ticket
   * usable; then the attempt is counted, then the ticket is used up, and only then is the password checked.
   *
   * @param application the client whose page signs in; null for our own pages, and for other programs
   * @throws DomainError `invalid_ticket`, `invalid_request`, `captcha_required`, `captcha_failed`, `too_many_attempts`,
   * `invalid_credentials` (the same for unknown, wrong and disabled), `invalid_passkey` (likewise),
   * `second_factor_required` after a right password, `temporarily_unavailable`
   */
  async login(
    input: LoginInput,
    caller: Caller,
    application: Application | null = null,
  ): Promise<IssuedTokens> {
    if ("passkey" in input) return this.#loginByPasskey(input, caller, application);
    const { tickets, captcha, accounts } = this.#options;
    const ticket = await tickets.require(input.t, caller.keyThumbprint);
    const { username, password } =
      "credentials" in input
        ? await openCredentials(input.credentials, input.t, loginCredentials, this.#options.keys)
        : input;
    const account = await accounts.findByIdentifier(username);
    // Worked out in either case: it takes long enough to tell whether there is such an account.
    const keyOfNobody = identifierKey(username);
    const usernameKey = account?.usernameKey ?? keyOfNobody;
    const subject = await this.#attempts.subjectOf(usernameKey, account, caller);
    await this.#attempts.noting(caller, account, async () =>
      captcha.require(ticket, await rungFor(this.#options, caller, subject), input.captcha ?? undefined),
    );
    const isRight = await this.#passwords.isRight({ subject, account, password, ticket, caller });
    if (!isRight || !account) throw new DomainError("invalid_credentials");
    await accounts.rehashIfDue(account, password);
    await this.#second.requireNone(account, caller, application);
    return this.#finish.open({
      ...{ account, subject, caller, application },
      by: { method: "password", factors: ["pwd"] },
    });
  }

  async #loginByPasskey(
    { t, passkey }: PasskeyLogin,
    caller: Caller,
    application: Application | null,
  ): Promise<IssuedTokens> {
    const { accounts } = this.#options;
    const proven = await this.#passkeys.prove(t, passkey, caller);
    const account = await accounts.find(proven.passkey.userId);
    if (!admitsOwner(account, this.#options.clock.now())) throw new DomainError("invalid_passkey");
    const subject = await this.#attempts.subjectOf(account.usernameKey, account, caller);
    return this.#finish.open({
      ...{ account, subject, caller, application },
      by: { method: "passkey", factors: [proven.factor], passkey: proven.passkey },
    });
  }

  /**
   * Uses a ticket up for something that a stranger may ask for, and that is no sign-in.
   *
   * @throws DomainError `invalid_ticket`, `captcha_required`, `captcha_failed`
   */
  async redeemTicket(
    { t, captcha: answer }: { readonly t: string; readonly captcha?: CaptchaAnswer | null | undefined },
    caller: Caller,
  ): Promise<void> {
    const { tickets, captcha } = this.#options;
    const ticket = await tickets.require(t, caller.keyThumbprint);
    await this.#attempts.noting(caller, undefined, async () =>
      captcha.require(ticket, await rungFor(this.#options, caller, undefined), answer ?? undefined),
    );
    await tickets.consume(ticket);
  }

  /** Completes a sign-in that `second_factor_required` has interrupted. See {@link SecondStep.complete} */
  completeLogin(input: SecondFactorInput, caller: Caller): Promise<Completed> {
    return this.#second.complete(input, caller);
  }

  /**
   * Keeps an account that was going to be deleted, and goes on with the sign-in that `deletion_pending` has interrupted.
   *
   * @throws DomainError `invalid_ticket` (see {@link Deletion.keep}), after which it is going to be deleted as before; and, once
   * the account stays, `second_factor_required`, or `invalid_ticket` when what was proven holds no more
   */
  async keepAccount(token: string, caller: Caller): Promise<IssuedTokens> {
    const { deletion, passkeys } = this.#options;
    const { account, proof } = await deletion.keep(token, caller);
    const { method, factors, passkeyId, application } = proof;
    const own = passkeyId === null ? [] : await passkeys.list(account.id);
    const passkey = own.find(({ id }) => id === passkeyId);
    if (passkeyId !== null && !passkey) throw new DomainError("invalid_ticket");
    const subject = await this.#attempts.subjectOf(account.usernameKey, account, caller);
    const isByPasswordAlone = factors.every((factor) => factor === "pwd");
    if (isByPasswordAlone) await this.#second.requireNone(account, caller, application);
    const by = { method, factors, ...(passkey ? { passkey } : {}) };
    return this.#finish.open({ account, subject, caller, application, by }).catch((error: unknown) => {
      // What was proven holds no more: it has to be proven again.
      const isOver = isDomainError(error) && /^invalid_(credentials|passkey)$/.test(error.code);
      throw isOver ? new DomainError("invalid_ticket") : error;
    });
  }

  /** Adds an app on the way of such a sign-in. See {@link SecondStep.enrol} */
  enrol(challenge: string, caller: Caller): Promise<NewTotp> {
    return this.#second.enrol(challenge, caller);
  }
}
