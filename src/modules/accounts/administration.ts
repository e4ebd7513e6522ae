import type { RoleName } from "../../contract/schemas";
import type { AuditEntry, AuditTrail } from "../audit";
import { DomainError } from "../domain-error";
import type { Clock, EventBus, RandomSource } from "../ports";
import type { Sessions } from "../sessions";
import type { AccountRecord, AccountStore, LastOwner } from "./account-store";
import type { Accounts } from "./accounts";
import { type Actor, auditFactsOf, changedMeanwhile, endedBy, guardOf, requireAuthority } from "./authority";
import { checkDisplayName } from "./display-name";
import { type AccountForAnother, type AccountWithLink, insertAccountWithLink } from "./new-account";
import { requireAccount, requireOwnerLeft, requireTarget, type Target } from "./require";
import { canonicalUsername, checkNewUsername, requireNoOthersAddress } from "./username";

export interface AccountAdministrationOptions {
  readonly store: AccountStore;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly audit: AuditTrail;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Moves what is counted by the name along: a rename must neither lift a lock nor leave it to the next of that name. */
  readonly forgetFailures: (usernameKey: string) => Promise<void>;
}

/**
 * What is done to accounts by those who look after them: the operator, who may do everything, and administrators, who act on
 * nobody above themselves. Roles and names count from the next call on. Each act leaves one row in the audit trail that
 * says who did it.
 *
 * All that act on an account throw `not_found`; all throw `forbidden` where the actor may not; and `temporarily_unavailable` when another change was made at
 * the same time.
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

  /** @throws DomainError `not_found` */
  async requireById(id: string): Promise<AccountRecord> {
    const account = await this.#options.store.find(id);
    if (!account) throw new DomainError("not_found", { message: "There is no such user." });
    return account;
  }

  /**
   * Makes an account without a password, and the link by which its user sets one. The operator's first account is the owner,
   * whatever roles were asked for.
   *
   * @param input `roles`: none above the actor's
   * @throws DomainError `invalid_request`, `username_taken`
   */
  async create(input: AccountForAnother, actor: Actor = "operator"): Promise<AccountWithLink> {
    requireAuthority(actor, input.roles);
    if (actor === "operator" && !(await this.#options.store.hasAny())) {
      const owner = { ...input, roles: ["owner"] } as const;
      const made = await insertAccountWithLink(this.#options, owner, "owner", actor);
      if (made) return made;
    }
    const made = await insertAccountWithLink(this.#options, input, "none", actor);
    if (!made) throw new DomainError("server_error");
    return made;
  }

  /**
   * Gives the account these roles, in the place of those it has.
   *
   * @param lastOwner whether the last owner may lose that role; nobody is an owner then
   */
  async setRoles(
    target: Target,
    roles: readonly RoleName[],
    lastOwner: LastOwner = "stays",
    actor: Actor = "operator",
  ): Promise<AccountRecord> {
    const { store } = this.#options;
    const account = await requireTarget(store, target);
    requireAuthority(actor, account.roles);
    requireAuthority(actor, roles);
    requireOwnerLeft(await store.setRoles(account, roles, lastOwner, guardOf(actor, account)), actor);
    const change = { before: account.roles.join(" "), after: roles.join(" ") };
    await this.#note("roles_changed", account, actor, change);
    return { ...account, roles };
  }

  /**
   * Gives the account another name to sign in with. The old one is free at once, sessions go on, and the count of wrong
   * passwords of the old name is cleared.
   *
   * @throws DomainError `invalid_request`, `username_taken`
   */
  async rename(target: Target, newUsername: string, actor: Actor = "operator"): Promise<AccountRecord> {
    const { store, forgetFailures } = this.#options;
    const account = await requireTarget(store, target);
    requireAuthority(actor, account.roles);
    const shown = checkNewUsername(newUsername);
    const names = { username: shown, usernameKey: canonicalUsername(shown) };
    await requireNoOthersAddress(store, names, account);
    const outcome = await store.rename(account, names, guardOf(actor, account));
    if (outcome === "changed_meanwhile") throw changedMeanwhile();
    if (outcome === "username_taken") throw new DomainError("username_taken", { field: "username" });
    await forgetFailures(account.usernameKey);
    await this.#note("account_renamed", account, actor, { before: account.username, after: shown });
    return { ...account, ...names };
  }

  /**
   * Gives an open account another name that others see.
   *
   * @throws DomainError `invalid_request`
   */
  async setDisplayName(account: AccountRecord, displayName: string, actor: Actor): Promise<AccountRecord> {
    requireAuthority(actor, account.roles);
    const name = checkDisplayName(displayName);
    const guard = guardOf(actor, account);
    if (!(await this.#options.store.setDisplayName(account.id, name, guard))) throw changedMeanwhile();
    await this.#note("display_name_changed", account, actor, { before: account.displayName, after: name });
    return { ...account, displayName: name };
  }

  /**
   * Removes the account with its sessions and devices, for good; the name is free again. The audit trail keeps what happened, and
   * nothing that says who it was. Stopped in the middle, the account is closed, and this can be done again.
   *
   * @param lastOwner whether the last owner may be removed; nobody is an owner then
   */
  async remove(target: Target, lastOwner: LastOwner = "stays", actor: Actor = "operator"): Promise<void> {
    const { store, accounts, audit } = this.#options;
    const account = await requireTarget(store, target);
    // Closed first: nobody signs in any more while it goes, and all that it has under way ends as it should.
    await accounts.close(account, lastOwner, actor);
    // While it can still be done again, should it be stopped here.
    await audit.forgetPerson(account.id);
    if (!(await store.remove(account.id))) throw changedMeanwhile();
    await this.#note("account_removed", account, actor, {});
    // And what was under way when it was closed.
    await audit.forgetPerson(account.id);
  }

  /** Ends all sessions of the account. @returns how many there were */
  async endSessions(target: Target, actor: Actor = "operator"): Promise<number> {
    const { store, sessions } = this.#options;
    const account = await requireTarget(store, target);
    requireAuthority(actor, account.roles);
    const count = await sessions.endAllOfUser(account.id, [], "ended_by_operator", endedBy(actor));
    await this.#note("sessions_ended", account, actor, { sessions: count });
    return count;
  }

  async #note(
    type: AuditEntry["type"],
    { id: userId }: AccountRecord,
    actor: Actor,
    facts: NonNullable<AuditEntry["detail"]>,
  ): Promise<void> {
    const { events, audit } = this.#options;
    events.publish({ type: "account_changed", userId });
    const { detail, ...who } = auditFactsOf(actor);
    await audit.record({ type, userId, ...who, detail: { ...facts, ...detail } });
  }
}
