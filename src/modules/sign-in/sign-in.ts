import type { PasskeyAssertion } from "../../contract/passkeys";
import {
  changePasswordCredentials,
  type LoginInput,
  loginCredentials,
  stepUpCredentials,
  type TicketOutput,
} from "../../contract/schemas";
import { type AccountRecord, canonicalUsername } from "../accounts";
import type { Factor } from "../assurance";
import { type CaptchaMode, type CaptchaRung, requiredRung } from "../captcha";
import { currentEncryptionJwk, openCredentials } from "../credentials";
import { DomainError, isDomainError } from "../domain-error";
import type { ProvenPasskey } from "../passkeys";
import { type CallerLimiter, consumeOrRefuse, type ThrottleSubject } from "../rate-limits";
import type { IssuedTokens, Principal } from "../sessions";
import { TICKET_LIFETIME_IN_SECONDS, type TicketRecord } from "../tickets";
import type { ServerKeys } from "../tokens";
import type { CaptchaStep } from "./captcha-step";
import { type Application, Finish, type FinishOptions } from "./finish";
import { type Caller, ownCountOf, PasswordCheck, type PasswordCheckOptions } from "./password-check";

export interface SignInOptions extends PasswordCheckOptions, FinishOptions {
  readonly captcha: CaptchaStep;
  readonly captchaMode: CaptchaMode;
  readonly keys: ServerKeys;
  /** Tickets by address, and by known device. */
  readonly ticketLimiter: CallerLimiter;
}

/** A secret change by someone signed in: plainly over TLS, or encrypted under a ticket. */
type Encrypted = { readonly t: string; readonly credentials: string };

type PasskeyLogin = Extract<LoginInput, { passkey: unknown }>;
type StepUpInput = Encrypted | { readonly password: string } | Pick<PasskeyLogin, "t" | "passkey">;

/** Sign-in with a password or a passkey, and the other moments at which a password is asked for. */
export class SignIn {
  readonly #options: SignInOptions;
  readonly #passwords: PasswordCheck;
  readonly #finish: Finish;

  constructor(options: SignInOptions) {
    this.#options = options;
    this.#passwords = new PasswordCheck(options);
    this.#finish = new Finish(options);
  }

  /** Issues the one-time ticket that starts a sign-in. @throws DomainError `too_many_attempts` */
  async getTicket(caller: Caller): Promise<TicketOutput> {
    const { tickets, captcha, keys, passkeys, ticketLimiter } = this.#options;
    await consumeOrRefuse(ticketLimiter, caller);
    const rung = await this.#rungFor(caller, undefined);
    const { t, captchaId } = await tickets.issue(caller.keyThumbprint, rung);
    return {
      t,
      expires_in: TICKET_LIFETIME_IN_SECONDS,
      encryption_jwk: currentEncryptionJwk(keys),
      captcha: captcha.offer(captchaId, rung),
      passkey_options: passkeys.requestOptions(t, TICKET_LIFETIME_IN_SECONDS),
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
   * `invalid_credentials` (the same for unknown, wrong and disabled), `invalid_passkey` (likewise), `temporarily_unavailable`
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
        ? openCredentials(input.credentials, input.t, loginCredentials, this.#options.keys)
        : input;
    const account = await accounts.findByUsername(username);
    const usernameKey = account?.usernameKey ?? canonicalUsername(username);
    const subject = await this.#passwords.subjectOf(usernameKey, account, caller);
    await this.#passwords.noting(caller, account, async () =>
      captcha.require(ticket, await this.#rungFor(caller, subject), input.captcha ?? undefined),
    );
    const isRight = await this.#passwords.isRight({ subject, account, password, ticket, caller });
    if (!isRight || !account) throw new DomainError("invalid_credentials");
    await accounts.rehashIfDue(account, password);
    return this.#finish.open({
      ...{ account, subject, caller, application },
      by: { method: "password", factor: "pwd" },
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
    const subject = await this.#passwords.subjectOf(account.usernameKey, account, caller);
    return this.#finish.open({
      ...{ account, subject, caller, application },
      by: { method: "passkey", ...proven },
    });
  }

  /** Uses up the ticket, then checks the passkey: a challenge serves once, whatever comes of it. */
  async #provePasskey(t: string, assertion: PasskeyAssertion, caller: Caller): Promise<ProvenPasskey> {
    const { tickets, passkeys, audit } = this.#options;
    await tickets.consume(await tickets.require(t, caller.keyThumbprint));
    try {
      return await passkeys.prove(assertion, t);
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

  /** Opens account settings to this session. @throws DomainError as {@link changePassword}, and `invalid_passkey` */
  async stepUp(input: StepUpInput, principal: Principal, caller: Caller): Promise<void> {
    const factor = await this.#proveAgain(input, principal, caller);
    await this.#options.sessions.stepUp(principal.session, [factor]);
    await this.#options.audit.record({
      type: "stepped_up",
      userId: principal.user.id,
      sessionId: principal.session.id,
      address: caller.address,
      detail: { factor },
    });
  }

  /** @returns what someone who is signed in has proven just now */
  async #proveAgain(input: StepUpInput, principal: Principal, caller: Caller): Promise<Factor> {
    if ("passkey" in input) {
      const { passkey, factor } = await this.#provePasskey(input.t, input.passkey, caller);
      if (passkey.userId !== principal.user.id) throw new DomainError("invalid_passkey");
      return factor;
    }
    const secrets = await this.#open(input, caller, stepUpCredentials);
    await this.#confirm(principal, secrets.password, caller, secrets.ticket);
    return "pwd";
  }

  async #open<T extends { t: string }>(
    input: Encrypted | Omit<T, "t">,
    caller: Caller,
    shape: Parameters<typeof openCredentials<T>>[2],
  ): Promise<Omit<T, "t"> & { ticket: TicketRecord | null }> {
    if (!("credentials" in input)) return { ...(input as Omit<T, "t">), ticket: null };
    const { t, credentials } = input as Encrypted;
    const ticket = await this.#options.tickets.require(t, caller.keyThumbprint);
    return { ...openCredentials(credentials, t, shape, this.#options.keys), ticket };
  }

  /** Checks the password of someone who is signed in, under the count of that session's key. */
  async #confirm(
    principal: Principal,
    password: string,
    caller: Caller,
    ticket: TicketRecord | null,
  ): Promise<AccountRecord> {
    const account = await this.#options.accounts.find(principal.user.id);
    if (!account) throw new DomainError("session_revoked");
    const subject = { usernameKey: account.usernameKey, ownCountOf: ownCountOf(principal.session) };
    if (!(await this.#passwords.isRight({ subject, account, password, ticket, caller }))) {
      throw new DomainError("invalid_credentials", { message: "The password is incorrect." });
    }
    return account;
  }

  async #rungFor(caller: Caller, subject: ThrottleSubject | undefined): Promise<CaptchaRung> {
    const { knownDevices, throttle, addressFailures, captchaMode } = this.#options;
    const deviceIsKnown = subject
      ? subject.ownCountOf !== null
      : caller.keyThumbprint !== null && (await knownDevices.isKnown(caller.keyThumbprint));
    return requiredRung({
      mode: captchaMode,
      deviceIsKnown,
      accountFailures: subject ? await throttle.failuresOf(subject) : 0,
      // Who else is at its address is no sign against a device that is known.
      addressFailures: deviceIsKnown ? 0 : await addressFailures.count(caller.address),
    });
  }
}
