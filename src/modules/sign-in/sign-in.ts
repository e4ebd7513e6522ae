import {
  changePasswordCredentials,
  type LoginInput,
  loginCredentials,
  stepUpCredentials,
  type TicketOutput,
} from "../../contract/schemas";
import { type AccountRecord, type Accounts, canonicalUsername } from "../accounts";
import { type CaptchaMode, type CaptchaRung, requiredRung } from "../captcha";
import { type ClientRecord, FIRST_PARTY_CLIENT_ID } from "../clients";
import { currentEncryptionJwk, openCredentials } from "../credentials";
import { describeDevice } from "../devices";
import { DomainError } from "../domain-error";
import type { Clock } from "../ports";
import { type CallerLimiter, consumeOrRefuse, type ThrottleSubject } from "../rate-limits";
import type { IssuedTokens, Principal, Sessions } from "../sessions";
import { TICKET_LIFETIME_IN_SECONDS, type TicketRecord } from "../tickets";
import type { ServerKeys } from "../tokens";
import type { CaptchaStep } from "./captcha-step";
import { type Caller, ownCountOf, PasswordCheck, type PasswordCheckOptions } from "./password-check";

export interface SignInOptions extends PasswordCheckOptions {
  readonly captcha: CaptchaStep;
  readonly captchaMode: CaptchaMode;
  readonly keys: ServerKeys;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly clock: Clock;
  /** Tickets by address, and by known device. */
  readonly ticketLimiter: CallerLimiter;
}

/** A secret change by someone signed in: plainly over TLS, or encrypted under a ticket. */
type Encrypted = { readonly t: string; readonly credentials: string };

/** Sign-in with a password, and the other moments at which a password is asked for. */
export class SignIn {
  readonly #options: SignInOptions;
  readonly #passwords: PasswordCheck;

  constructor(options: SignInOptions) {
    this.#options = options;
    this.#passwords = new PasswordCheck(options);
  }

  /** Issues the one-time ticket that starts a sign-in. @throws DomainError `too_many_attempts` */
  async getTicket(caller: Caller): Promise<TicketOutput> {
    const { tickets, captcha, keys, ticketLimiter } = this.#options;
    await consumeOrRefuse(ticketLimiter, caller);
    const rung = await this.#rungFor(caller, undefined);
    const { t, captchaId } = await tickets.issue(caller.keyThumbprint, rung);
    return {
      t,
      expires_in: TICKET_LIFETIME_IN_SECONDS,
      encryption_jwk: currentEncryptionJwk(keys),
      captcha: captcha.offer(captchaId, rung),
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
   * `invalid_credentials` (the same for unknown, wrong and disabled), `temporarily_unavailable`
   */
  async login(
    input: LoginInput,
    caller: Caller,
    application: Pick<ClientRecord, "id" | "name"> | null = null,
  ): Promise<IssuedTokens> {
    const { tickets, captcha, accounts, sessions, audit } = this.#options;
    const { keyThumbprint, address } = caller;
    const ticket = await tickets.require(input.t, keyThumbprint);
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
    // First the device: should that fail, nobody will get the tokens, and there must be no session.
    if (keyThumbprint !== null) await this.#remember(account, keyThumbprint, subject);
    const tokens = await sessions.create({
      user: account,
      clientId: FIRST_PARTY_CLIENT_ID,
      applicationId: application?.id ?? null,
      method: "password",
      factors: ["pwd"],
      keyThumbprint,
      device: describeDevice(caller.userAgent),
      address,
    });
    await this.#requireUnchanged(account, tokens.sessionId, caller);
    await audit.record({
      type: "signed_in",
      userId: account.id,
      sessionId: tokens.sessionId,
      address,
      detail: {
        method: "password",
        bound: keyThumbprint !== null,
        ...(application ? { client: application.id, client_name: application.name } : {}),
      },
    });
    return tokens;
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

  /** Opens account settings to this session. @throws DomainError as {@link changePassword} */
  async stepUp(input: Encrypted | { password: string }, principal: Principal, caller: Caller): Promise<void> {
    const secrets = await this.#open(input, caller, stepUpCredentials);
    await this.#confirm(principal, secrets.password, caller, secrets.ticket);
    await this.#options.sessions.stepUp(principal.session, ["pwd"]);
    await this.#options.audit.record({
      type: "stepped_up",
      userId: principal.user.id,
      sessionId: principal.session.id,
      address: caller.address,
    });
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

  async #remember(account: AccountRecord, keyThumbprint: string, subject: ThrottleSubject): Promise<void> {
    const { knownDevices, throttle, clock } = this.#options;
    // It may have been known before, and then forgotten by a reset: a count that it had then must not shut it out.
    if (subject.ownCountOf === null)
      await throttle.forget({ usernameKey: subject.usernameKey, ownCountOf: keyThumbprint });
    await knownDevices.remember(account, keyThumbprint, clock.now());
  }

  /**
   * A password changed, or an account closed, between our check and the new session would otherwise miss that session
   * when it ends all there are. It is there by now, so either they have ended it or we see what they did. The same goes
   for the device, which they would have made a stranger.
   */
  async #requireUnchanged(
    checked: AccountRecord,
    sessionId: string,
    { keyThumbprint, address, userAgent }: Caller,
  ): Promise<void> {
    const { accounts, sessions, knownDevices } = this.#options;
    const now = await accounts.find(checked.id);
    const isUnchanged =
      now?.disabledAt === null && now.passwordChangedAt.getTime() === checked.passwordChangedAt.getTime();
    if (isUnchanged) return;
    if (keyThumbprint !== null) await knownDevices.forget(checked.id, keyThumbprint);
    await sessions.end({ id: sessionId, userId: checked.id }, "password_changed", {
      actor: "system",
      address,
      userAgent,
    });
    throw new DomainError("invalid_credentials");
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
