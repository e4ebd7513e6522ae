import type { AuditEntry, AuditTrail } from "../audit";
import { DomainError } from "../domain-error";
import type { Clock, RandomSource } from "../ports";
import { newId } from "../secret-hash";
import type { AccountRecord, AccountStore, SeenInvitation } from "./account-store";
import { checkDisplayName } from "./display-name";
import type { NewPasswords } from "./new-passwords";
import { canonicalUsername, checkNewUsername } from "./username";

/** Who makes an account, and from where. */
export type Maker = Pick<AuditEntry, "actorId" | "address">;

export interface NewAccount {
  readonly username: string;
  readonly displayName?: string | undefined;
  readonly password: string;
}

/** What somebody asks for who makes an account of their own. Its form and its password are good. */
export type CheckedAccount = Pick<AccountRecord, "username" | "usernameKey" | "displayName"> & {
  readonly password: string;
};

interface Means {
  readonly store: AccountStore;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** Looks at nothing but what is asked for. @throws DomainError `invalid_request`, `weak_password` */
export function checkNewAccount(passwords: NewPasswords, input: NewAccount): CheckedAccount {
  const username = checkNewUsername(input.username);
  const displayName = checkDisplayName(input.displayName ?? username);
  passwords.check(input.password, username);
  return { username, usernameKey: canonicalUsername(username), displayName, password: input.password };
}

/** The invitation as it was seen, and what it gives. */
export type GivenInvitation = SeenInvitation &
  Pick<AccountRecord, "roles"> & {
    /** The account that invites; null for the operator. */
    readonly createdBy: string | null;
  };

/**
 * Makes an account with an invitation, and so uses that.
 *
 * @returns undefined when the invitation is not any more what was seen, or the name is taken
 */
export async function insertInvitedAccount(
  { store, audit, clock, random }: Means,
  { passwordHash, ...wanted }: Omit<CheckedAccount, "password"> & { readonly passwordHash: string },
  invitation: GivenInvitation,
  address: string | null,
): Promise<AccountRecord | undefined> {
  const now = clock.now();
  const account: AccountRecord = {
    id: newId(random),
    ...wanted,
    roles: invitation.roles,
    passwordHash,
    passwordChangedAt: now,
    disabledAt: null,
    createdAt: now,
    invitationId: invitation.id,
    deletionDueAt: null,
    keepableUntil: null,
  };
  if (!(await store.insertInvited(account, invitation, now))) return undefined;
  await audit.record({
    type: "account_created",
    userId: account.id,
    address,
    detail: {
      seat: "none",
      roles: account.roles.join(" "),
      invitation: invitation.id,
      invited_by: invitation.createdBy ?? "operator",
    },
  });
  return account;
}

/**
 * Checks a new account and stores it.
 *
 * @returns undefined when the owner's seat was asked for and somebody has it
 * @throws DomainError `invalid_request`, `weak_password`, `username_taken`
 */
export async function insertAccount(
  options: Means,
  passwords: NewPasswords,
  input: NewAccount,
  seat: "owner" | "none",
  by: Maker,
): Promise<AccountRecord | undefined> {
  const { store, audit, clock, random } = options;
  const username = checkNewUsername(input.username);
  const now = clock.now();
  const account: AccountRecord = {
    id: newId(random),
    username,
    usernameKey: canonicalUsername(username),
    displayName: checkDisplayName(input.displayName ?? username),
    roles: seat === "owner" ? ["owner"] : ["user"],
    passwordHash: await passwords.hash(input.password, username),
    passwordChangedAt: now,
    disabledAt: null,
    createdAt: now,
    invitationId: null,
    deletionDueAt: null,
    keepableUntil: null,
  };
  const outcome = await store.insert(account, seat);
  if (outcome === "username_taken") throw new DomainError("username_taken", { field: "username" });
  if (outcome === "owner_seat_taken") return undefined;
  const detail = { seat, roles: account.roles.join(" ") };
  await audit.record({ type: "account_created", userId: account.id, ...by, detail });
  return account;
}
