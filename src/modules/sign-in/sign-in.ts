import {
  changePasswordCredentials,
  type LoginInput,
  loginCredentials,
  stepUpCredentials,
  type TicketOutput,
} from "../../contract/schemas";
import { type AccountRecord, type Accounts, canonicalUsername } from "../accounts";
import type { AuditTrail } from "../audit";
import { type CaptchaMode, type CaptchaRung, requiredRung } from "../captcha";
import { FIRST_PARTY_CLIENT_ID } from "../clients";
import { currentEncryptionJwk, openCredentials } from "../credentials";
import { describeDevice, type KnownDeviceStore } from "../devices";
import { DomainError, isDomainError } from "../domain-error";
import type { PasswordHasher } from "../passwords";
import type { Clock, RateLimiter } from "../ports";
import { addressKey, consumeOrRefuse, type SignInThrottle, type ThrottleSubject } from "../rate-limits";
import type { IssuedTokens, Principal, Sessions } from "../sessions";
import { TICKET_LIFETIME_IN_SECONDS, type TicketRecord, type Tickets } from "../tickets";
import type { ServerKeys } from "../tokens";
import type { CaptchaStep } from "./captcha-step";

export interface SignInOptions {
  readonly tickets: Tickets;
  readonly captcha: CaptchaStep;
  readonly captchaMode: CaptchaMode;
  readonly keys: ServerKeys;
  readonly accounts: Accounts;
  readonly hasher: PasswordHasher;
  readonly throttle: SignInThrottle;
  readonly knownDevices: KnownDeviceStore;
  readonly sessions: Sessions;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  /** Passwords being checked or found wrong, by address: what limits them. */
  readonly addressAttempts: RateLimiter;
  /** Wrong passwords by address: what the captcha's ladder goes by. */
  readonly addressFailures: RateLimiter;
  /** Tickets by address. */
  readonly ticketLimiter: RateLimiter;
}

/** What is known of whoever asks. */
export interface Caller {
  readonly address: string | null;
  readonly userAgent: string | null;
  /** Thumbprint of the key that proved the request; null without a proof. */
  readonly keyThumbprint: string | null;
}

/** A secret change by someone signed in: plainly over TLS, or encrypted under a ticket. */
type Encrypted = { readonly t: string; readonly credentials: string };

/** Sign-in with a password, and the other moments at which a password is asked for. */
export class SignIn {
  readonly #options: SignInOptions;

  constructor(options: SignInOptions) {
    this.#options = options;
  }

  /** Issues the one-time ticket that starts a sign-in. @throws DomainError `too_many_attempts` */
  async getTicket(caller: Caller): Promise<TicketOutput> {
    const { tickets, captcha, keys, ticketLimiter } = this.#options;
    await consumeOrRefuse(ticketLimiter, addressKey(caller.address));
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
   * @throws DomainError `invalid_ticket`, `invalid_request`, `captcha_required`, `captcha_failed`, `too_many_attempts`,
   * `invalid_credentials` (the same for unknown, wrong and disabled), `temporarily_unavailable`
   */
  async login(input: LoginInput, caller: Caller): Promise<IssuedTokens> {
    const { tickets, captcha, accounts, knownDevices, sessions, audit, clock } = this.#options;
    const { keyThumbprint, address } = caller;
    const ticket = await tickets.require(input.t, keyThumbprint);
    const { username, password } =
      "credentials" in input
        ? openCredentials(input.credentials, input.t, loginCredentials, this.#options.keys)
        : input;
    const usernameKey = canonicalUsername(username);
    const account = await accounts.findByUsername(username);
    const subject = await this.#subjectOf(usernameKey, account, caller);
    await this.#noting(caller, account, async () =>
      captcha.require(ticket, await this.#rungFor(caller, subject), input.captcha),
    );
    const isRight = await this.#checkPassword({ subject, account, password, ticket, caller });
    if (!isRight || !account) throw new DomainError("invalid_credentials");
    await accounts.rehashIfDue(account, password);
    // First the device: should that fail, nobody will get the tokens, and there must be no session.
    if (keyThumbprint !== null) await knownDevices.remember(account, keyThumbprint, clock.now());
    const tokens = await sessions.create({
      user: account,
      clientId: FIRST_PARTY_CLIENT_ID,
      method: "password",
      keyThumbprint,
      device: describeDevice(caller.userAgent),
      address,
    });
    await this.#requireUnchanged(account, tokens.sessionId);
    await audit.record({
      type: "signed_in",
      userId: account.id,
      sessionId: tokens.sessionId,
      address,
      detail: { method: "password", bound: keyThumbprint !== null },
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
    const by = { session: principal.session, address: caller.address };
    await this.#options.accounts.changePassword(account, secrets.new_password, by);
  }

  /** Opens account settings to this session. @throws DomainError as {@link changePassword} */
  async stepUp(input: Encrypted | { password: string }, principal: Principal, caller: Caller): Promise<void> {
    const secrets = await this.#open(input, caller, stepUpCredentials);
    await this.#confirm(principal, secrets.password, caller, secrets.ticket);
    await this.#options.sessions.stepUp(principal.session);
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

  /** Checks the password of someone who is signed in, under the same count as a sign-in. */
  async #confirm(
    principal: Principal,
    password: string,
    caller: Caller,
    ticket: TicketRecord | null,
  ): Promise<AccountRecord> {
    const account = await this.#options.accounts.find(principal.user.id);
    if (!account) throw new DomainError("session_revoked");
    const subject = await this.#subjectOf(account.usernameKey, account, caller);
    if (!(await this.#checkPassword({ subject, account, password, ticket, caller }))) {
      throw new DomainError("invalid_credentials", { message: "The password is incorrect." });
    }
    return account;
  }

  /** Does the same work whether or not there is such an account, and whether or not it is open. */
  async #checkPassword(attempt: {
    subject: ThrottleSubject;
    account: AccountRecord | undefined;
    password: string;
    ticket: TicketRecord | null;
    caller: Caller;
  }): Promise<boolean> {
    const { throttle, hasher, tickets, addressAttempts, addressFailures } = this.#options;
    const { subject, account, password, ticket, caller } = attempt;
    const check = (): Promise<boolean> =>
      hasher.withRoom(async (checks) => {
        if (ticket) await tickets.consume(ticket);
        if (!account) return checks.verifyAgainstNothing(password);
        const isRight = await checks.verify(account.passwordHash, password);
        return isRight && account.disabledAt === null;
      });
    return this.#noting(caller, account, async () => {
      const key = addressKey(caller.address);
      // Counted before the check and given back unless it failed, so that N guesses at once count N here too.
      await consumeOrRefuse(addressAttempts, key);
      let hasFailed = false;
      try {
        const isRight = await throttle.attempt(subject, check, (result) => result);
        hasFailed = !isRight;
        return isRight;
      } finally {
        if (hasFailed) await addressFailures.consume(key);
        else await addressAttempts.giveBack(key);
      }
    });
  }

  /** Writes down what was refused: a wrong password, a wrong captcha, or one try too many. */
  async #noting<T>(caller: Caller, account: AccountRecord | undefined, run: () => Promise<T>): Promise<T> {
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

  /**
   * A password changed, or an account closed, between our check and the new session would otherwise miss that session
   * when it ends all there are. It is there by now, so either they have ended it or we see what they did.
   */
  async #requireUnchanged(checked: AccountRecord, sessionId: string): Promise<void> {
    const { accounts, sessions } = this.#options;
    const now = await accounts.find(checked.id);
    const isUnchanged =
      now?.disabledAt === null && now.passwordChangedAt.getTime() === checked.passwordChangedAt.getTime();
    if (isUnchanged) return;
    await sessions.end({ id: sessionId, userId: checked.id }, "password_changed");
    throw new DomainError("invalid_credentials");
  }

  async #subjectOf(
    usernameKey: string,
    account: AccountRecord | undefined,
    caller: Caller,
  ): Promise<ThrottleSubject> {
    const thumbprint = caller.keyThumbprint;
    // Asked also for unknown names, so that the same queries are made.
    const isKnown =
      thumbprint !== null && (await this.#options.knownDevices.isKnownTo(account?.id ?? "", thumbprint));
    return { usernameKey, knownKeyThumbprint: isKnown ? thumbprint : null };
  }

  async #rungFor(caller: Caller, subject: ThrottleSubject | undefined): Promise<CaptchaRung> {
    const { knownDevices, throttle, addressFailures, captchaMode } = this.#options;
    const deviceIsKnown = subject
      ? subject.knownKeyThumbprint !== null
      : caller.keyThumbprint !== null && (await knownDevices.isKnown(caller.keyThumbprint));
    return requiredRung({
      mode: captchaMode,
      deviceIsKnown,
      accountFailures: subject ? await throttle.failuresOf(subject) : 0,
      addressFailures: await addressFailures.count(addressKey(caller.address)),
    });
  }
}
