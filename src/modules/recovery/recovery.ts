import { recoveryCredentials } from "../../contract/recovery";
import {
  type AccountRecord,
  type AccountStore,
  type Actor,
  admitsOwner,
  auditFactsOf,
  changedMeanwhile,
  mayActOn,
  NewPasswords,
  type NewPasswordsOptions,
  requireAnother,
  requireAuthority,
} from "../accounts";
import type { AuditTrail } from "../audit";
import { openCredentials } from "../credentials";
import { DomainError } from "../domain-error";
import type { OutgoingMailRecord } from "../mail";
import type { Clock, RandomSource } from "../ports";
import { type AddressLimiter, consumeOrRefuse } from "../rate-limits";
import { hashSecret, newSecret } from "../secret-hash";
import type { RequestOrigin, Sessions } from "../sessions";
import type { Tickets } from "../tickets";
import type { ServerKeys } from "../tokens";

const RECOVERY_LINK_LIFETIME_IN_SECONDS = 3600;

export interface RecoveryOptions extends NewPasswordsOptions {
  readonly store: AccountStore;
  readonly sessions: Sessions;
  readonly tickets: Tickets;
  readonly keys: ServerKeys;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Reset tokens that were refused, by address. */
  readonly attempts: AddressLimiter;
  readonly forgetFailures: (usernameKey: string) => Promise<void>;
  readonly forgetDevices: (userId: string, exceptKeyThumbprint: string | null) => Promise<void>;
  readonly endWaitingSignIns: (userId: string) => Promise<void>;
  /** Mails to the account's addresses, which come with the new password. */
  readonly mailsTo: (userId: string) => Promise<readonly OutgoingMailRecord[]>;
}

/** A new password, plainly over TLS or encrypted under a ticket. */
type NewPassword = { readonly password: string } | { readonly t: string; readonly credentials: string };

interface Caller extends RequestOrigin {
  readonly keyThumbprint: string | null;
}

/** Back into an account whose password is lost: a reset token is issued for it, and whoever has that sets a new password. */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #newPasswords: NewPasswords;

  constructor(options: RecoveryOptions) {
    this.#options = options;
    this.#newPasswords = new NewPasswords(options);
  }

  /**
   * Issues a reset token, in the place of an earlier one of the account.
   *
   * @param by the user, who has proven in another way to be that; or who acts for them
   * @returns it; only its hash is kept
   * @throws DomainError `forbidden` for an account above the actor's, for one's own, and for a disabled one;
   * `temporarily_unavailable` when either was changed at the same time
   */
  async issue(
    account: AccountRecord,
    by: Actor | "user",
    lifetimeInSeconds = RECOVERY_LINK_LIFETIME_IN_SECONDS,
  ): Promise<{ readonly resetToken: string; readonly expiresInSeconds: number }> {
    const { store, audit, clock, random } = this.#options;
    const actor = by === "user" || by === "operator" ? null : by;
    if (actor) {
      requireAuthority(actor, account.roles);
      requireAnother(actor, account);
    }
    // Who has asked for the deletion of the account may take that back, and may have lost the password since.
    const isOpen = by === "user" ? admitsOwner(account, clock.now()) : account.disabledAt === null;
    if (!isOpen) {
      throw new DomainError("forbidden", { message: "The account is disabled. Enable it first." });
    }
    const resetToken = newSecret(random);
    const expiresAt = new Date(clock.now().getTime() + lifetimeInSeconds * 1000);
    const token = { hash: hashSecret(resetToken), expiresAt, issuedBy: actor?.id ?? null };
    if (!(await store.setResetToken(account, token, actor))) throw changedMeanwhile();
    const facts = by === "user" ? { detail: { by } } : auditFactsOf(by);
    await audit.record({ type: "reset_token_issued", userId: account.id, ...facts });
    return { resetToken, expiresInSeconds: lifetimeInSeconds };
  }

  /**
   * The account that a reset token opens. It changes nothing.
   *
   * @throws DomainError `invalid_reset_token` for one that is unknown, used, replaced or expired, of a disabled account, or
   * of an issuer who may not act on the account any more; `too_many_attempts`
   */
  async find(resetToken: string, by: Pick<RequestOrigin, "address">): Promise<AccountRecord> {
    return (await this.#require(resetToken, by)).account;
  }

  /**
   * Sets a new password and uses the token up. All sessions end; second factors stay.
   *
   * @throws DomainError `weak_password`, which leaves the token as it is; `invalid_ticket`, `invalid_request`; and what
   * {@link find} throws
   */
  async complete(resetToken: string, input: NewPassword, by: Caller): Promise<void> {
    const { store, audit, clock, forgetFailures } = this.#options;
    const { account, issuer } = await this.#require(resetToken, by);
    const password = await this.#open(input, by);
    const passwordHash = await this.#newPasswords.hash(password, account.username);
    // Before the change too: the token works once, and what it was to end must not live on when the process dies after that.
    await this.#endAll(account, by);
    const mails = await this.#options.mailsTo(account.id);
    const changed = { passwordHash, now: clock.now(), tokenHash: hashSecret(resetToken), mails };
    if (!(await store.completeReset(account, changed, issuer))) throw await this.#refusal(by);
    await forgetFailures(account.usernameKey);
    await audit.record({ type: "password_recovered", userId: account.id, address: by.address });
    await this.#endAll(account, by);
  }

  async #open(input: NewPassword, { keyThumbprint }: Caller): Promise<string> {
    if ("password" in input) return input.password;
    const { tickets, keys } = this.#options;
    const ticket = await tickets.require(input.t, keyThumbprint);
    const { password } = await openCredentials(input.credentials, input.t, recoveryCredentials, keys);
    await tickets.consume(ticket);
    return password;
  }

  async #endAll({ id }: AccountRecord, { address, userAgent }: Caller): Promise<void> {
    const { sessions, forgetDevices, endWaitingSignIns } = this.#options;
    await forgetDevices(id, null);
    await endWaitingSignIns(id);
    await sessions.endAllOfUser(id, [], "password_changed", { actor: "system", address, userAgent });
  }

  /** @returns the account, and the one that issued the token; null when nobody with an account did */
  async #require(
    resetToken: string,
    by: Pick<RequestOrigin, "address">,
  ): Promise<{ account: AccountRecord; issuer: AccountRecord | null }> {
    const { store, clock, attempts } = this.#options;
    // Counted before it is looked at, and given back when it was right: so many at once count so many.
    await consumeOrRefuse(attempts, by.address);
    const found = await store.findByResetToken(hashSecret(resetToken));
    if (!found || found.token.expiresAt <= clock.now() || !admitsOwner(found.account, clock.now())) {
      throw await this.#refusal(by);
    }
    const { account, token } = found;
    const issuer = token.issuedBy === null ? null : await store.find(token.issuedBy);
    const isStillAllowed =
      issuer === null || (issuer?.disabledAt === null && mayActOn(issuer.roles, account.roles));
    if (!isStillAllowed) throw await this.#refusal(by);
    await attempts.giveBack(by.address);
    return { account, issuer };
  }

  async #refusal({ address }: Pick<RequestOrigin, "address">): Promise<DomainError> {
    await this.#options.audit.record({ type: "recovery_refused", address });
    return new DomainError("invalid_reset_token");
  }
}
