import type { AuditTrail } from "../audit";
import { DomainError, isDomainError } from "../domain-error";
import type { OutgoingMailRecord } from "../mail";
import type { Clock } from "../ports";
import type { RequestOrigin, SessionRecord, Sessions } from "../sessions";
import type { AccountRecord, AccountStore } from "./account-store";
import { auditFactsOf } from "./authority";
import type { NewPasswords, NewPasswordsOptions } from "./new-passwords";

export interface AccountPasswordsOptions extends NewPasswordsOptions {
  readonly store: AccountStore;
  readonly sessions: Sessions;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  /** Clears the name's count of wrong passwords, so that a new password lets the person in from anywhere. */
  readonly forgetFailures: (usernameKey: string) => Promise<void>;
  /**
   * Makes all known devices of the account unknown, but for one: somebody who signed in with the old password must not keep
   * what known devices have, and their counts of wrong passwords go with them.
   */
  readonly forgetDevices: (userId: string, exceptKeyThumbprint: string | null) => Promise<void>;
  /** Mails to the account's addresses, which come with the new password. */
  readonly noticesTo: (userId: string, kind: "password_changed") => Promise<readonly OutgoingMailRecord[]>;
}

/** The session in which a password is changed, and where that comes from. */
export type PasswordChanger = { readonly session: SessionRecord } & RequestOrigin;

/** The passwords of accounts: setting another one, with all that the old one opened, and storing it as it should be today. */
export class AccountPasswords {
  readonly #options: AccountPasswordsOptions;
  readonly #newPasswords: NewPasswords;

  constructor(options: AccountPasswordsOptions, newPasswords: NewPasswords) {
    this.#options = options;
    this.#newPasswords = newPasswords;
  }

  /** Sets a password without knowing the old one; ends all sessions. For the operator. */
  async reset(account: AccountRecord, password: string): Promise<void> {
    const { store, sessions, audit, clock } = this.#options;
    const hash = await this.#newPasswords.hash(password, account.username);
    const mails = await this.#options.noticesTo(account.id, "password_changed");
    await store.setPasswordHash(account.id, hash, clock.now(), mails);
    await this.#options.forgetFailures(account.usernameKey);
    await this.#options.forgetDevices(account.id, null);
    await sessions.endAllOfUser(account.id, [], "password_changed", { actor: "operator" });
    await audit.record({ type: "password_reset", userId: account.id, ...auditFactsOf("operator") });
  }

  /**
   * Sets a new password over one that was just verified, or the first one where there was none; ends the user's other sessions, also the one that approved this
   * one: it may be in the hands of somebody who knew the old password, and the new one was set by somebody who just entered it.
   *
   * @throws DomainError `weak_password`; `invalid_credentials` when a password was set meanwhile
   */
  async change(account: AccountRecord, newPassword: string, by: PasswordChanger): Promise<void> {
    const { sessions, audit, forgetDevices } = this.#options;
    const hash = await this.#newPasswords.hash(newPassword, account.username, "new_password");
    const { address, userAgent } = by;
    const endedBy = { actor: "session", sessionId: by.session.id, address, userAgent } as const;
    const endTheOthers = async () => {
      await forgetDevices(account.id, by.session.keyThumbprint);
      await sessions.endAllOfUser(account.id, [by.session.id], "password_changed", endedBy);
    };
    // Before the change too: were storage to fail only after it, the same request would not be accepted again, and the
    // sessions that it was to end would live on.
    await endTheOthers();
    if (!(await this.#replaceVerified(account, hash))) throw new DomainError("invalid_credentials");
    // What was guessed at is no password any more.
    await this.#options.forgetFailures(account.usernameKey);
    await audit.record({
      type: "password_changed",
      userId: account.id,
      sessionId: by.session.id,
      address,
      ...(account.passwordHash === null ? { detail: { first: true } } : {}),
    });
    // Ends the sessions of those who signed in with the old password in between.
    await endTheOthers();
  }

  /**
   * Stores the password that was just verified under today's parameters, unless it was changed meanwhile. Where the service
   * is too busy for it, the next sign-in does it: nobody who gave the right password is turned away for this.
   */
  async rehashIfDue(account: AccountRecord, password: string): Promise<void> {
    const { store, hasher } = this.#options;
    if (account.passwordHash === null || !hasher.needsRehash(account.passwordHash)) return;
    try {
      await store.replacePasswordHash(account.id, account.passwordHash, await hasher.hash(password), null);
    } catch (error) {
      if (!isDomainError(error) || error.code !== "temporarily_unavailable") throw error;
    }
  }

  /** @returns false when the password is another one than that which was verified; the same, hashed again meanwhile, is none */
  async #replaceVerified(verified: AccountRecord, hash: string): Promise<boolean> {
    const { store, clock } = this.#options;
    const mails = await this.#options.noticesTo(verified.id, "password_changed");
    const replace = (seen: AccountRecord) =>
      store.replacePasswordHash(seen.id, seen.passwordHash, hash, clock.now(), mails);
    if (await replace(verified)) return true;
    const now = await store.find(verified.id);
    const isSame = now?.passwordChangedAt.getTime() === verified.passwordChangedAt.getTime();
    return now !== undefined && isSame && replace(now);
  }
}
