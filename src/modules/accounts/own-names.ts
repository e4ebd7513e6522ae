import type { AuditTrail } from "../audit";
import { DomainError } from "../domain-error";
import type { EventBus, RateLimiter } from "../ports";
import { consumeOrRefuse } from "../rate-limits";
import type { AccountStore } from "./account-store";
import { changedMeanwhile } from "./authority";
import { checkDisplayName } from "./display-name";
import { canonicalUsername, checkNewUsername, requireNoOthersAddress } from "./username";

export interface OwnNamesOptions {
  readonly store: AccountStore;
  readonly audit: AuditTrail;
  readonly events: EventBus;
  /** New usernames of one account. */
  readonly renames: RateLimiter;
  /** Clears the name's count of wrong passwords. */
  readonly forgetFailures: (usernameKey: string) => Promise<void>;
}

/** In which the change is made, and from where. */
interface OwnSession {
  readonly sessionId: string;
  readonly address: string | null;
}

/** The names of an account, changed by its user. */
export class OwnNames {
  readonly #options: OwnNamesOptions;

  constructor(options: OwnNamesOptions) {
    this.#options = options;
  }

  /**
   * Gives the account another display name. From the next call on, every session of it has that name.
   *
   * @returns the name as it was stored
   * @throws DomainError `invalid_request` for a name that cannot be shown; `session_revoked` when the account is closed
   */
  async setDisplayName(
    user: { readonly id: string; readonly displayName: string },
    displayName: string,
    by: OwnSession,
  ): Promise<string> {
    const { store, audit } = this.#options;
    const name = checkDisplayName(displayName);
    if (!(await store.setDisplayName(user.id, name))) throw new DomainError("session_revoked");
    this.#announceChange(user.id);
    await audit.record({
      type: "display_name_changed",
      userId: user.id,
      ...by,
      detail: { before: user.displayName, after: name },
    });
    return name;
  }

  /**
   * Gives the account another name to sign in with. The old one is free at once, and sessions go on.
   *
   * @returns the name as it was stored
   * @throws DomainError `invalid_request`, `username_taken`; `too_many_attempts`, because each try tells whether a name is
   * taken; `session_revoked` when the account is closed; `temporarily_unavailable` when it was changed at the same time
   */
  async setUsername(user: { readonly id: string }, username: string, by: OwnSession): Promise<string> {
    const { store, audit, renames, forgetFailures } = this.#options;
    const shown = checkNewUsername(username);
    const names = { username: shown, usernameKey: canonicalUsername(shown) };
    const account = await store.find(user.id);
    if (account?.disabledAt !== null) throw new DomainError("session_revoked");
    await requireNoOthersAddress(store, names, account);
    await consumeOrRefuse(renames, account.id);
    const outcome = await store.rename(account, names, { by: account, roles: account.roles });
    if (outcome === "changed_meanwhile") throw changedMeanwhile();
    if (outcome === "username_taken") throw new DomainError("username_taken", { field: "username" });
    await forgetFailures(account.usernameKey);
    this.#announceChange(account.id);
    await audit.record({
      type: "account_renamed",
      userId: account.id,
      ...by,
      detail: { before: account.username, after: shown },
    });
    return shown;
  }

  #announceChange(userId: string): void {
    this.#options.events.publish({ type: "account_changed", userId });
  }
}
