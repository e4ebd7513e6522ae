import type { RoleName } from "../../contract/schemas";
import type { AuditTrail } from "../audit";
import { DomainError } from "../domain-error";
import type { EventBus } from "../ports";
import type { Sessions } from "../sessions";
import type { AccountRecord, AccountStore, LastOwner } from "./account-store";
import type { Accounts } from "./accounts";
import { changedMeanwhile } from "./authority";
import { requireAccount, requireOwnerLeft } from "./require";
import { canonicalUsername, checkNewUsername } from "./username";

export interface AccountAdministrationOptions {
  readonly store: AccountStore;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly audit: AuditTrail;
  readonly events: EventBus;
  /** Moves what is counted by the name along: a rename must neither lift a lock nor leave it to the next of that name. */
  readonly forgetFailures: (usernameKey: string) => Promise<void>;
}

/**
 * What is done to accounts by those who look after them. Roles and names count from the next call on; who may do this is
 * for the caller to know.
 */
export class AccountAdministration {
  readonly #options: AccountAdministrationOptions;

  constructor(options: AccountAdministrationOptions) {
    this.#options = options;
  }

  /** @throws DomainError `not_found` */
  require(username: string): Promise<AccountRecord> {
    return requireAccount(this.#options.store, username);
  }

  /**
   * Gives the account these roles, in the place of those it has.
   *
   * @param lastOwner whether the last owner may lose that role; nobody is an owner then
   * @throws DomainError `not_found`; `forbidden` for the last owner; `temporarily_unavailable` when another change was
   * made at the same time
   */
  async setRoles(
    username: string,
    roles: readonly RoleName[],
    lastOwner: LastOwner = "stays",
  ): Promise<AccountRecord> {
    const { store, audit } = this.#options;
    const account = await requireAccount(store, username);
    const outcome = await store.setRoles(account, roles, lastOwner);
    if (outcome === "changed_meanwhile") throw changedMeanwhile();
    requireOwnerLeft(outcome);
    this.#announceChange(account.id);
    const detail = { before: account.roles.join(" "), after: roles.join(" ") };
    await audit.record({ type: "roles_changed", userId: account.id, detail });
    return { ...account, roles };
  }

  /**
   * Gives the account another name to sign in with. The old one is free at once, sessions go on, and the count of wrong
   * passwords of the old name is cleared.
   *
   * @throws DomainError `not_found`, `invalid_request`, `username_taken`; `temporarily_unavailable` when another change was
   * made at the same time
   */
  async rename(username: string, newUsername: string): Promise<AccountRecord> {
    const { store, audit, forgetFailures } = this.#options;
    const account = await requireAccount(store, username);
    const shown = checkNewUsername(newUsername);
    const names = { username: shown, usernameKey: canonicalUsername(shown) };
    const outcome = await store.rename(account, names);
    if (outcome === "changed_meanwhile") throw changedMeanwhile();
    if (outcome === "username_taken") throw new DomainError("username_taken", { field: "username" });
    this.#announceChange(account.id);
    await forgetFailures(account.usernameKey);
    const detail = { before: account.username, after: shown };
    await audit.record({ type: "account_renamed", userId: account.id, detail });
    return { ...account, ...names };
  }

  /**
   * Removes the account with its sessions and devices, for good; the name is free again. The audit trail keeps what it
   * has. Stopped in the middle, the account is closed, and this can be done again.
   *
   * @param lastOwner whether the last owner may be removed; nobody is an owner then
   * @throws DomainError `not_found`; `forbidden` for the last owner
   */
  async remove(username: string, lastOwner: LastOwner = "stays"): Promise<void> {
    const { store, accounts, audit } = this.#options;
    const account = await requireAccount(store, username);
    // Closed first: nobody signs in any more while it goes, and all that it has under way ends as it should.
    await accounts.disable(username, lastOwner);
    if (!(await store.remove(account.id))) throw changedMeanwhile();
    this.#announceChange(account.id);
    await audit.record({
      type: "account_removed",
      userId: account.id,
      detail: { username: account.username },
    });
  }

  /** Ends all sessions of the account. @returns how many there were @throws DomainError `not_found` */
  async endSessions(username: string): Promise<number> {
    const { store, sessions } = this.#options;
    const account = await requireAccount(store, username);
    return sessions.endAllOfUser(account.id, [], "ended_by_operator", { actor: "operator" });
  }

  #announceChange(userId: string): void {
    this.#options.events.publish({ type: "account_changed", userId });
  }
}
