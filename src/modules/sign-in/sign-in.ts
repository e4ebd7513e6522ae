import type { PasskeyAssertion } from "../../contract/passkeys";
import {
  type CaptchaAnswer,
  type CodeKind,
  changePasswordCredentials,
  type LoginInput,
  loginCredentials,
  type StepUpInput,
  stepUpCredentials,
  type TicketOutput,
} from "../../contract/schemas";
import type { SecondFactorInput } from "../../contract/second-factor";
import { type AccountRecord, identifierKey } from "../accounts";
import type { Factor } from "../assurance";
import { currentEncryptionJwk, openCredentials } from "../credentials";
import { DomainError, isDomainError } from "../domain-error";
import type { ProvenPasskey } from "../passkeys";
import { type CallerLimiter, consumeOrRefuse } from "../rate-limits";
import type { NewTotp } from "../second-factor";
import type { IssuedTokens, Principal } from "../sessions";
import { TICKET_LIFETIME_IN_SECONDS, type TicketRecord } from "../tickets";
import type { ServerKeys } from "../tokens";
import { Attempts, type AttemptsOptions, type Caller } from "./attempts";
import type { CaptchaStep } from "./captcha-step";
import { type Application, Finish } from "./finish";
import { ownCountOf, PasswordCheck, type PasswordCheckOptions } from "./password-check";
import { type RiskOptions, rungFor } from "./risk";
import { type Completed, SecondStep, type SecondStepOptions } from "./second-step";

export interface SignInOptions extends AttemptsOptions, PasswordCheckOptions, SecondStepOptions, RiskOptions {
  readonly captcha: CaptchaStep;
  readonly keys: ServerKeys;
  /** Tickets by address, and by known device. */
  readonly ticketLimiter: CallerLimiter;
}

/** A secret change by someone signed in: plainly over TLS, or encrypted under a ticket. */
type Encrypted = { readonly t: string; readonly credentials: string };

type CodeInput = { readonly kind: CodeKind; readonly code: string };
type PasskeyLogin = Extract<LoginInput, { passkey: unknown }>;

/** Sign-in with a password or a passkey, and the other moments at which a password is asked for. */
export class SignIn {
  readonly #options: SignInOptions;
  readonly #attempts: Attempts;
  readonly #passwords: PasswordCheck;
  readonly #finish: Finish;
  readonly #second: SecondStep;

  constructor(options: SignInOptions) {
    this.#options = options;
    this.#attempts = new Attempts(options);
    this.#passwords = new PasswordCheck(options, this.#attempts);
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
    const proven = await this.#provePasskey(t, passkey, caller);
    const account = await accounts.find(proven.passkey.userId);
    if (account?.disabledAt !== null) throw new DomainError("invalid_passkey");
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

  /** Adds an app on the way of such a sign-in. See {@link SecondStep.enrol} */
  enrol(challenge: string, caller: Caller): Promise<NewTotp> {
    return this.#second.enrol(challenge, caller);
  }

  /** Uses up the ticket, then checks the passkey: a challenge serves once, whatever comes of it. */
  async #provePasskey(t: string, assertion: PasskeyAssertion, caller: Caller): Promise<ProvenPasskey> {
    const { tickets, passkeys, audit } = this.#options;
    await tickets.consume(await tickets.require(t, caller.keyThumbprint));
    try {
      return await passkeys.proofs.prove(assertion, t);
    } catch (error) {
      if (isDomainError(error) && error.code === "invalid_passkey") {
        const detail = { reason: error.code };
        await audit.record({ type: "sign_in_refused", userId: null, address: caller.address, detail });
      }
      throw error;
    }
  }

  /** @throws DomainError `invalid_credentials`, `weak_password`, `too_many_attempts`, `invalid_ticket` */
  async changePassword(
    input: Encrypted | { old_password: string; new_password: string },
    principal: Principal,
    caller: Caller,
  ): Promise<void> {
    const secrets = await this.#open(input, caller, changePasswordCredentials);
    const account = await this.#confirm(principal, secrets.old_password, caller, secrets.ticket);
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

  /** Tells whether a code of somebody who is signed in is right, and leaves it unused. @throws DomainError `invalid_code` */
  async tryCode(input: CodeInput, principal: Principal, caller: Caller): Promise<void> {
    await this.#second.tryCode(principal, await this.#accountOf(principal), { ...input, caller });
  }

  /** @returns what someone who is signed in has proven just now */
  async #proveAgain(
    input: StepUpInput,
    principal: Principal,
    caller: Caller,
  ): Promise<[Factor, ...Factor[]]> {
    if ("passkey" in input) {
      const { passkey, factor } = await this.#provePasskey(input.t, input.passkey, caller);
      if (passkey.userId !== principal.user.id) throw new DomainError("invalid_passkey");
      return [factor];
    }
    const code = "code" in input ? { kind: input.kind, code: input.code, caller } : undefined;
    if (!("credentials" in input) && !("password" in input)) {
      const account = await this.#accountOf(principal);
      await this.#second.confirmCode(principal, account, { ...input, caller });
      return ["otp"];
    }
    const secrets = await this.#open(input, caller, stepUpCredentials);
    const account = await this.#confirm(principal, secrets.password, caller, secrets.ticket);
    if (!code) return ["pwd"];
    await this.#second.confirmCode(principal, account, code);
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
  async #confirm(
    principal: Principal,
    password: string,
    caller: Caller,
    ticket: TicketRecord | null,
  ): Promise<AccountRecord> {
    const account = await this.#accountOf(principal);
    const subject = { usernameKey: account.usernameKey, ownCountOf: ownCountOf(principal.session) };
    if (!(await this.#passwords.isRight({ subject, account, password, ticket, caller }))) {
      throw new DomainError("invalid_credentials", { message: "The password is incorrect." });
    }
    return account;
  }

  async #accountOf({ user }: Principal): Promise<AccountRecord> {
    const account = await this.#options.accounts.find(user.id);
    if (!account) throw new DomainError("session_revoked");
    return account;
  }
}
