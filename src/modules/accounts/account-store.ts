import type { RoleName } from "../../contract/schemas";
import type { AuditRecord } from "../audit";
import type { MailLocale, OutgoingMailRecord } from "../mail";
import type { PasskeyRecord } from "../passkeys";

export interface AccountRecord {
  readonly id: string;
  readonly username: string;
  readonly usernameKey: string;
  readonly displayName: string;
  readonly roles: readonly RoleName[];
  /** PHC string; null: the account has no password. DANGER: never leaves the process. */
  readonly passwordHash: string | null;
  /** While there is none: when the account was made. */
  readonly passwordChangedAt: Date;
  readonly disabledAt: Date | null;
  readonly createdAt: Date;
  /** The invitation that it was made with. */
  readonly invitationId: string | null;
  /** When it is deleted, where its owner has asked for that. It is closed until then. */
  readonly deletionDueAt: Date | null;
  /** Until when its owner may take that back; null once it was disabled besides, and once the deletion has begun. */
  readonly keepableUntil: Date | null;
}

/** From the wish to the deletion: so long it can be taken back. */
export const DELETION_AFTER_IN_SECONDS = 7 * 86_400;

/** The `deletionDueAt` of an account whose deletion has begun: before what any clock says, so that nothing takes it back. */
export const DELETION_HAS_BEGUN = new Date(0);

/**
 * Whether somebody may prove to be its owner: it is open, or closed by nothing but the owner's own wish to have it deleted,
 * which can still be taken back.
 */
export function admitsOwner(account: AccountRecord | undefined, now: Date): account is AccountRecord {
  if (!account) return false;
  return account.disabledAt === null || (account.keepableUntil !== null && account.keepableUntil > now);
}

/** An invitation as it was when it was found to be good. */
export interface SeenInvitation {
  readonly id: string;
  readonly codeHash: string;
  readonly inviter: { readonly roles: readonly RoleName[] } | null;
}

/** A request to sign up, as it was when its code was found to be right. */
export interface SeenRequest {
  readonly idHash: string;
  readonly codeHash: string;
}

/** An address that somebody has proven to read the mail of. */
export interface ProvenEmail {
  /** The form that counts. In ASCII, so a username of the same letters has the same key. */
  readonly key: string;
  readonly address: string;
  readonly locale: MailLocale;
}

/** They come with the change that they tell of. */
type Mails = readonly OutgoingMailRecord[];

export type InsertOutcome = "inserted" | "username_taken" | "owner_seat_taken";

export interface AccountStore {
  /** One statement. With `seat: "owner"` it succeeds for one caller ever, even when others try at the same time. */
  insert(account: AccountRecord, seat: "owner" | "none"): Promise<InsertOutcome>;
  /**
   * One statement: the account is the use of its invitation. It is inserted only while the invitation has this code, is
   * neither revoked, expired nor used up, and its inviter is open and has the roles that were seen.
   *
   * @param passkey the account's first one, which comes with it: both or neither; null for an account with a password
   * @returns false also when the name is taken, or the passkey's ID
   */
  insertInvited(
    account: AccountRecord,
    invitation: SeenInvitation,
    now: Date,
    passkey: PasskeyRecord | null,
  ): Promise<boolean>;
  /**
   * Inserts the account with its verified address: both or neither. It is inserted only while the request to sign up has this
   * code and has not expired, no account has the address or is called so, and no account has come of the request.
   *
   * @returns false also when the name is taken
   */
  insertProven(account: AccountRecord, request: SeenRequest, email: ProvenEmail, now: Date): Promise<boolean>;
  /**
   * One statement: the account comes with the token by which its user sets the first password. It is inserted only while who
   * makes it is open and has the roles that were seen.
   *
   * @param by who makes it; null for who needs no roles
   * @param record comes with it
   * @returns false also when the name is taken, or the owner's seat that was asked for
   */
  insertWithResetToken(
    account: AccountRecord,
    seat: "owner" | "none",
    token: ResetToken,
    by: Seen | null,
    record: AuditRecord,
  ): Promise<boolean>;
  findByUsernameKey(usernameKey: string): Promise<AccountRecord | undefined>;
  /** The account that has verified the address of this canonical form. */
  findByEmailKey(emailKey: string): Promise<AccountRecord | undefined>;
  find(id: string): Promise<AccountRecord | undefined>;
  list(): Promise<AccountRecord[]>;
  /** By parts of their names, the newest first. @returns one page, and where the next one begins */
  search(wanted: AccountSearch): Promise<{ accounts: AccountRecord[]; next: string | null }>;
  hasAny(): Promise<boolean>;
  /**
   * Compare-and-set on the hash that was checked, or on that there was none. With a time, a reset token is void.
   *
   * @returns whether it was still so
   */
  replacePasswordHash(
    id: string,
    from: string | null,
    to: string,
    changedAt: Date | null,
    mails?: Mails,
  ): Promise<boolean>;
  /** A reset token is void. */
  setPasswordHash(id: string, to: string, changedAt: Date, mails?: Mails): Promise<void>;
  /** @returns whether there is such an account, it is open, and the guard holds */
  setDisplayName(id: string, displayName: string, guard?: Guard | null): Promise<boolean>;
  /**
   * One statement. One that is closed keeps the time at which it was, and is "done". A reset token is void, and a deletion that
   * its owner has asked for can be taken back by the owner no more.
   *
   * @returns "last_owner" for the only open account that is an owner, which stays open unless it is meant
   */
  disable(
    id: string,
    now: Date,
    lastOwner: LastOwner,
    guard?: Guard | null,
  ): Promise<ChangeOutcome | "changed_meanwhile">;
  /** A deletion that its owner has asked for is off. @returns whether it was closed and that had not begun, and the guard holds */
  enable(id: string, guard?: Guard | null): Promise<boolean>;
  /**
   * One statement: closes an open account until it is deleted at its owner's wish. A reset token is void.
   *
   * @param mails they come with the change
   */
  askDeletion(
    id: string,
    times: { readonly now: Date; readonly dueAt: Date },
    mails: readonly OutgoingMailRecord[],
  ): Promise<ChangeOutcome | "closed">;
  /** One statement: opens it again. @returns whether that deletion was still to come, and might be taken back */
  takeDeletionBack(
    id: string,
    times: { readonly now: Date; readonly dueAt: Date },
    mails: readonly OutgoingMailRecord[],
  ): Promise<boolean>;
  /** Accounts that are to be deleted by now, those first whose deletion has begun. */
  listDeletionDue(now: Date, limit: number): Promise<AccountRecord[]>;
  /**
   * One statement, compare-and-set on the time that was seen: from here on nothing takes the deletion back.
   *
   * @returns whether this call has begun it; false also where it had begun before
   */
  beginDeletion(
    account: Pick<AccountRecord, "id" | "deletionDueAt">,
    mails: readonly OutgoingMailRecord[],
  ): Promise<boolean>;
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
   * @returns whether the account is open, or closed by its owner's wish to have it deleted; and both have the roles that were seen
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
   * @param record comes with the last statement
   * @returns whether it was closed
   */
  remove(id: string, record?: AuditRecord): Promise<boolean>;
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
