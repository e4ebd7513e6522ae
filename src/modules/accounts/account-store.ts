import type { RoleName } from "../../contract/schemas";
import type { OutgoingMailRecord } from "../mail";

export interface AccountRecord {
  readonly id: string;
  readonly username: string;
  readonly usernameKey: string;
  readonly displayName: string;
  readonly roles: readonly RoleName[];
  /** PHC string. DANGER: never leaves the process. */
  readonly passwordHash: string;
  readonly passwordChangedAt: Date;
  readonly disabledAt: Date | null;
  readonly createdAt: Date;
  /** The invitation that it was made with. */
  readonly invitationId: string | null;
}

/** An invitation as it was when it was found to be good. */
export interface SeenInvitation {
  readonly id: string;
  readonly codeHash: string;
  readonly inviter: { readonly roles: readonly RoleName[] } | null;
}

export type InsertOutcome = "inserted" | "username_taken" | "owner_seat_taken";

export interface AccountStore {
  /** One statement. With `seat: "owner"` it succeeds for one caller ever, even when others try at the same time. */
  insert(account: AccountRecord, seat: "owner" | "none"): Promise<InsertOutcome>;
  /**
   * One statement: the account is the use of its invitation. It is inserted only while the invitation has this code, is
   * neither revoked, expired nor used up, and its inviter is open and has the roles that were seen.
   *
   * @returns false also when the name is taken
   */
  insertInvited(account: AccountRecord, invitation: SeenInvitation, now: Date): Promise<boolean>;
  findByUsernameKey(usernameKey: string): Promise<AccountRecord | undefined>;
  /** The account that has verified the address of this canonical form. */
  findByEmailKey(emailKey: string): Promise<AccountRecord | undefined>;
  find(id: string): Promise<AccountRecord | undefined>;
  list(): Promise<AccountRecord[]>;
  /** By parts of their names, the newest first. @returns one page, and where the next one begins */
  search(wanted: AccountSearch): Promise<{ accounts: AccountRecord[]; next: string | null }>;
  hasAny(): Promise<boolean>;
  /** Compare-and-set on the hash that was checked. With a time, a reset token is void. @returns whether it was still that one */
  replacePasswordHash(id: string, from: string, to: string, changedAt: Date | null): Promise<boolean>;
  /** A reset token is void. */
  setPasswordHash(id: string, to: string, changedAt: Date): Promise<void>;
  /** @returns whether there is such an account, it is open, and the guard holds */
  setDisplayName(id: string, displayName: string, guard?: Guard | null): Promise<boolean>;
  /**
   * One statement. One that is closed keeps the time at which it was, and is "done". A reset token is void.
   *
   * @returns "last_owner" for the only open account that is an owner, which stays open unless it is meant
   */
  disable(
    id: string,
    now: Date,
    lastOwner: LastOwner,
    guard?: Guard | null,
  ): Promise<ChangeOutcome | "changed_meanwhile">;
  /** @returns whether it was closed, and the guard holds */
  enable(id: string, guard?: Guard | null): Promise<boolean>;
  /**
   * One statement, compare-and-set on the roles that were seen.
   *
   * @returns "changed_meanwhile" when they were others, besides what {@link disable} returns
   */
  setRoles(
    account: Pick<AccountRecord, "id" | "roles">,
    roles: readonly RoleName[],
    lastOwner: LastOwner,
    guard?: Guard | null,
  ): Promise<ChangeOutcome | "changed_meanwhile">;
  /** One statement, compare-and-set on the name that was seen. */
  rename(
    account: Pick<AccountRecord, "id" | "usernameKey">,
    to: Pick<AccountRecord, "username" | "usernameKey">,
    guard?: Guard | null,
  ): Promise<"done" | "username_taken" | "changed_meanwhile">;
  /**
   * One statement: the account gets this reset token in the place of an earlier one.
   *
   * @param by who issues it, with the roles that were seen; null for who needs none
   * @returns whether the account is open, and both have the roles that were seen
   */
  setResetToken(account: Seen, token: ResetToken, by: Seen | null): Promise<boolean>;
  findByResetToken(hash: string): Promise<{ account: AccountRecord; token: ResetToken } | undefined>;
  /**
   * One statement: sets the password and uses the token up.
   *
   * @returns whether the token was still there and not expired, besides what {@link setResetToken} returns
   */
  completeReset(
    account: Seen,
    changed: {
      readonly passwordHash: string;
      readonly now: Date;
      readonly tokenHash: string;
      /** They come with the change. */
      readonly mails: readonly OutgoingMailRecord[];
    },
    by: Seen | null,
  ): Promise<boolean>;
  /**
   * Removes a closed account with all that is kept of it, but for the audit trail. Its invitation does not get the use back.
   *
   * @returns whether it was closed
   */
  remove(id: string): Promise<boolean>;
}

/** What sets a new password, as it is stored. */
export interface ResetToken {
  readonly hash: string;
  readonly expiresAt: Date;
  /** The account that issued it; null for the operator, and for the user. */
  readonly issuedBy: string | null;
}

export interface AccountSearch {
  /** At most three, in small letters: each is in the name to sign in with or in the one that is shown. */
  readonly terms: readonly string[];
  readonly status?: "open" | "disabled" | undefined;
  readonly role?: RoleName | undefined;
  /** The `next` of the page before; null for the first. */
  readonly after: string | null;
  readonly limit: number;
}

/** What must still be so when a change is made: who acts is open and has these roles, and so has the account. */
export interface Guard {
  readonly by: Seen;
  readonly roles: readonly RoleName[];
}

/** An account, with the roles that were read of it. */
export type Seen = Pick<AccountRecord, "id" | "roles">;

/** What becomes of the only open account that is an owner: without one, nobody may do everything. */
export type LastOwner = "stays" | "may_go";
export type ChangeOutcome = "done" | "last_owner";
