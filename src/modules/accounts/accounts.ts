import { DomainError } from "../domain-error";
import type { PasskeyRecord } from "../passkeys";
import type { RandomSource } from "../ports";
import { AccountPasswords, type AccountPasswordsOptions, type PasswordChanger } from "./account-passwords";
import type { AccountRecord, LastOwner } from "./account-store";
import {
  type Actor,
  auditFactsOf,
  changedMeanwhile,
  endedBy,
  guardOf,
  requireAnother,
  requireAuthority,
} from "./authority";
import { emailKeyOf } from "./identifier";
import {
  type CheckedNames,
  checkNewNames,
  type GivenInvitation,
  insertAccount,
  insertInvitedAccount,
  insertProvenAccount,
  type NewAccount,
  type ProvenRequest,
} from "./new-account";
import { NewPasswords } from "./new-passwords";
import { OwnNames, type OwnNamesOptions } from "./own-names";
import { findByName, requireAccount, requireOwnerLeft, requireTarget, type Target } from "./require";

export interface AccountsOptions extends AccountPasswordsOptions, OwnNamesOptions {
  readonly random: RandomSource;
  /** Clears the name's count of wrong passwords, and also the waits of the account's devices and sessions. */
  readonly forgetAllFailures: (account: AccountRecord) => Promise<void>;
  /** Ends the sign-ins of the account that wait for their second step. */
  readonly endWaitingSignIns: (userId: string) => Promise<void>;
}

const operator = { actorId: "operator" } as const;

/** Accounts: who may sign in. */
export class Accounts {
  readonly #options: AccountsOptions;
  readonly #newPasswords: NewPasswords;
  readonly #passwords: AccountPasswords;
  /** What their users change of their names. */
  readonly ownNames: OwnNames;

  constructor(options: AccountsOptions) {
    this.#options = options;
    this.#newPasswords = new NewPasswords(options);
    this.#passwords = new AccountPasswords(options, this.#newPasswords);
    this.ownNames = new OwnNames(options);
  }

  /**
   * Makes an account; the first of the installation is the owner. For the operator.
   *
   * @throws DomainError `invalid_request`, `weak_password`, `username_taken`
   */
  async create(input: NewAccount): Promise<AccountRecord> {
    const { store } = this.#options;
    if (!(await store.hasAny())) {
      const owner = await insertAccount(this.#options, this.#newPasswords, input, "owner", operator);
      if (owner) return owner;
    }
    const account = await insertAccount(this.#options, this.#newPasswords, input, "none", operator);
    if (!account) throw new DomainError("server_error");
    return account;
  }

  /**
   * Makes the owner's account.
   *
   * @throws DomainError `setup_closed` when there is one, besides what {@link create} throws
   */
  async createOwner(input: NewAccount, address: string | null = null): Promise<AccountRecord> {
    if (await this.#options.store.hasAny()) throw new DomainError("setup_closed");
    const owner = await insertAccount(this.#options, this.#newPasswords, input, "owner", { address });
    if (!owner) throw new DomainError("setup_closed");
    return owner;
  }

  /** See {@link checkNewNames}. */
  checkNames(input: Omit<NewAccount, "password">): CheckedNames {
    return checkNewNames(input);
  }

  /** Whether the password is one that such an account may have. @throws DomainError `weak_password` */
  checkPassword(password: string, { username }: Pick<CheckedNames, "username">): void {
    this.#newPasswords.check(password, username);
  }

  /**
   * See {@link insertInvitedAccount}.
   *
   * @param credential the password as it was typed, whose rules are kept; or the account's first passkey
   * @throws DomainError `temporarily_unavailable`
   */
  async createInvited(
    names: CheckedNames,
    credential: { readonly password: string } | { readonly passkey: PasskeyRecord },
    invitation: GivenInvitation,
    address: string | null,
  ): Promise<AccountRecord | undefined> {
    const stored =
      "passkey" in credential
        ? credential
        : { passwordHash: await this.#options.hasher.hash(credential.password) };
    return insertInvitedAccount(this.#options, { ...names, credential: stored }, invitation, address);
  }

  /** See {@link insertProvenAccount}. @throws DomainError `temporarily_unavailable` */
  async createProven(
    names: CheckedNames,
    password: string,
    request: ProvenRequest,
    address: string | null,
  ): Promise<AccountRecord | undefined> {
    const passwordHash = await this.#options.hasher.hash(password);
    return insertProvenAccount(this.#options, { ...names, passwordHash }, request, address);
  }

  find(id: string): Promise<AccountRecord | undefined> {
    return this.#options.store.find(id);
  }

  findByUsername(username: string): Promise<AccountRecord | undefined> {
    return findByName(this.#options.store, username);
  }

  /**
   * The account of a username or of a verified address. An address comes first: nobody can take it from whoever has proven
   * it by choosing it as a username.
   */
  async findByIdentifier(identifier: string): Promise<AccountRecord | undefined> {
    const byName = await findByName(this.#options.store, identifier);
    if (!identifier.normalize("NFKC").includes("@")) return byName;
    // Asked for in either case, so that the time does not tell which of them it was.
    return (await this.#options.store.findByEmailKey(emailKeyOf(identifier) ?? "")) ?? byName;
  }

  list(): Promise<AccountRecord[]> {
    return this.#options.store.list();
  }

  hasAny(): Promise<boolean> {
    return this.#options.store.hasAny();
  }

  /**
   * Closes the account and ends all that it has open. For one that is closed the rest is done again: the call before may have
   * been stopped in the middle.
   *
   * @param lastOwner whether that one may be closed too; nobody is an owner then
   * @throws DomainError `not_found`; `forbidden` for the last owner, one's own account and one above the actor's;
   * `temporarily_unavailable` when another change was made at the same time
   */
  async disable(target: Target, lastOwner: LastOwner = "stays", actor: Actor = "operator"): Promise<void> {
    const { store, audit } = this.#options;
    const account = await requireTarget(store, target);
    await this.close(account, lastOwner, actor);
    await audit.record({ type: "account_disabled", userId: account.id, ...auditFactsOf(actor) });
  }

  /** {@link disable}, without the row in the audit trail: for what does more, and says so itself. */
  async close(account: AccountRecord, lastOwner: LastOwner, actor: Actor): Promise<void> {
    const { store, sessions, clock } = this.#options;
    requireAuthority(actor, account.roles);
    requireAnother(actor, account);
    // First the account, then its sessions: the other order would leave a moment for a new one.
    requireOwnerLeft(await store.disable(account.id, clock.now(), lastOwner, guardOf(actor, account)), actor);
    this.#announceChange(account.id);
    await this.#options.forgetDevices(account.id, null);
    await this.#options.endWaitingSignIns(account.id);
    await sessions.endAllOfUser(account.id, [], "account_disabled", endedBy(actor));
  }

  /**
   * Opens a closed account again, with its password and without what has ended; an open one stays as it is.
   *
   * @throws DomainError `not_found`, `forbidden`; `temporarily_unavailable` when another change was made at the same time
   */
  async enable(target: Target, actor: Actor = "operator"): Promise<void> {
    const { store, sessions, audit, forgetFailures } = this.#options;
    const account = await requireTarget(store, target);
    requireAuthority(actor, account.roles);
    // The sessions ended when the deletion was asked for, unless the process did before it came to that.
    if (account.deletionDueAt !== null)
      await sessions.endAllBeforeDeletion(account.id, account.deletionDueAt, endedBy(actor));
    if (!(await store.enable(account.id, guardOf(actor, account)))) {
      if (account.disabledAt !== null) throw changedMeanwhile();
      return;
    }
    // While it was closed its owner's right password counted as wrong.
    this.#announceChange(account.id);
    await forgetFailures(account.usernameKey);
    const facts = auditFactsOf(actor);
    const { deletionDueAt } = account;
    const takenBack = deletionDueAt && { deletion_taken_back: deletionDueAt.toISOString() };
    const detail = { ...facts.detail, ...takenBack };
    await audit.record({ type: "account_enabled", userId: account.id, ...facts, detail });
  }

  /**
   * Lets the account's password be tried again, wherever it was locked or has to wait. For the operator.
   *
   * @throws DomainError `not_found`
   */
  async unlock(username: string): Promise<void> {
    const account = await this.#require(username);
    await this.#options.forgetAllFailures(account);
    await this.#options.audit.record({
      type: "account_unlocked",
      userId: account.id,
      ...auditFactsOf("operator"),
    });
  }

  /** See {@link AccountPasswords.reset}. */
  async resetPassword(username: string, password: string): Promise<void> {
    await this.#passwords.reset(await this.#require(username), password);
  }

  /** See {@link AccountPasswords.change}. @throws DomainError `weak_password`, `invalid_credentials` */
  changePassword(account: AccountRecord, newPassword: string, by: PasswordChanger): Promise<void> {
    return this.#passwords.change(account, newPassword, by);
  }

  /** See {@link AccountPasswords.rehashIfDue}. */
  rehashIfDue(account: AccountRecord, password: string): Promise<void> {
    return this.#passwords.rehashIfDue(account, password);
  }

  #announceChange(userId: string): void {
    this.#options.events.publish({ type: "account_changed", userId });
  }

  #require(username: string): Promise<AccountRecord> {
    return requireAccount(this.#options.store, username);
  }
}
