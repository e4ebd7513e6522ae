import type { AuditEntry, AuditTrail } from "../audit";
import { DomainError } from "../domain-error";
import type { PasskeyRecord } from "../passkeys";
import type { Clock, RandomSource } from "../ports";
import { hashSecret, newId, newSecret } from "../secret-hash";
import type { AccountRecord, AccountStore, ProvenEmail, SeenInvitation, SeenRequest } from "./account-store";
import { type Actor, auditFactsOf, changedMeanwhile } from "./authority";
import { checkDisplayName } from "./display-name";
import type { NewPasswords } from "./new-passwords";
import { canonicalUsername, checkNewUsername, requireNoAddress } from "./username";

/** A newcomer may not be there within the hour in which a recovery link is used. */
const FIRST_LINK_LIFETIME_IN_SECONDS = 86_400;

/** Who makes an account, and from where. */
export type Maker = Pick<AuditEntry, "actorId" | "address">;

export interface NewAccount {
  readonly username: string;
  readonly displayName?: string | undefined;
  readonly password: string;
}

/** The names that somebody asks for who makes an account of their own. Their form is good. */
export type CheckedNames = Pick<AccountRecord, "username" | "usernameKey" | "displayName">;

/** How an account that is made can be signed in to. */
export type FirstCredential =
  | { readonly passwordHash: string }
  /** Its user is the account, which is not there yet. */
  | { readonly passkey: PasskeyRecord };

interface Means {
  readonly store: AccountStore;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** An open account that begins now. */
function newAccount(
  facts: CheckedNames & Pick<AccountRecord, "id" | "roles" | "passwordHash"> & Partial<AccountRecord>,
  now: Date,
): AccountRecord {
  const nothingElse = { disabledAt: null, invitationId: null, deletionDueAt: null, keepableUntil: null };
  return { ...nothingElse, passwordChangedAt: now, createdAt: now, ...facts };
}

/** Looks at nothing but what is asked for. Nothing is proven yet, so no address is a name. @throws DomainError `invalid_request` */
export function checkNewNames(input: Omit<NewAccount, "password">): CheckedNames {
  const username = checkNewUsername(input.username);
  const usernameKey = canonicalUsername(username);
  requireNoAddress({ usernameKey });
  const displayName = checkDisplayName(input.displayName ?? username);
  return { username, usernameKey, displayName };
}

/** The invitation as it was seen, and what it gives. */
export type GivenInvitation = SeenInvitation &
  Pick<AccountRecord, "roles"> & {
    /** The account that invites; null for the operator. */
    readonly createdBy: string | null;
  };

/** A request to sign up whose code was right, and the account that comes of it. */
export type ProvenRequest = SeenRequest & { readonly accountId: string; readonly email: ProvenEmail };

/**
 * Makes an account with an invitation, and so uses that. A passkey comes with it, or neither comes.
 *
 * @returns undefined when the invitation is not any more what was seen, or the name or the passkey is taken
 */
export async function insertInvitedAccount(
  { store, audit, clock, random }: Means,
  wanted: CheckedNames & { readonly credential: FirstCredential },
  invitation: GivenInvitation,
  address: string | null,
): Promise<AccountRecord | undefined> {
  const now = clock.now();
  const { credential, ...names } = wanted;
  const passkey = "passkey" in credential ? credential.passkey : null;
  const id = passkey?.userId ?? newId(random);
  const passwordHash = "passkey" in credential ? null : credential.passwordHash;
  const given = { roles: invitation.roles, invitationId: invitation.id };
  const account = newAccount({ ...names, ...given, id, passwordHash }, now);
  if (!(await store.insertInvited(account, invitation, now, passkey))) return undefined;
  await audit.record({
    type: "account_created",
    userId: account.id,
    address,
    detail: {
      seat: "none",
      roles: account.roles.join(" "),
      invitation: invitation.id,
      invited_by: invitation.createdBy ?? "operator",
      ...(passkey ? { passkey: passkey.id } : {}),
    },
  });
  return account;
}

/**
 * Makes an account of somebody who has proven an address. It has the address from the beginning.
 *
 * @returns undefined when the request is not any more what was seen, or the name or the address is taken
 */
export async function insertProvenAccount(
  { store, audit, clock }: Means,
  { passwordHash, ...names }: CheckedNames & { readonly passwordHash: string },
  { accountId, email, ...seen }: ProvenRequest,
  address: string | null,
): Promise<AccountRecord | undefined> {
  const now = clock.now();
  const account = newAccount({ ...names, id: accountId, roles: ["user"], passwordHash }, now);
  if (!(await store.insertProven(account, seen, email, now))) return undefined;
  const detail = { seat: "none", roles: account.roles.join(" "), by: "address" };
  await audit.record({ type: "account_created", userId: account.id, address, detail });
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
  const names = checkNewNames(input);
  const now = clock.now();
  const roles = seat === "owner" ? (["owner"] as const) : (["user"] as const);
  const passwordHash = await passwords.hash(input.password, names.username);
  const account = newAccount({ ...names, id: newId(random), roles, passwordHash }, now);
  const outcome = await store.insert(account, seat);
  if (outcome === "username_taken") throw new DomainError("username_taken", { field: "username" });
  if (outcome === "owner_seat_taken") return undefined;
  const detail = { seat, roles: account.roles.join(" ") };
  await audit.record({ type: "account_created", userId: account.id, ...by, detail });
  return account;
}

/** An account that is made for somebody else, who sets its first password. */
export type AccountForAnother = Omit<NewAccount, "password"> & Pick<AccountRecord, "roles">;

/** An account without a password, and what sets one, once. */
export interface AccountWithLink {
  readonly account: AccountRecord;
  /** Only its hash is kept. */
  readonly resetToken: string;
  readonly expiresInSeconds: number;
}

/**
 * Makes an account without a password, with the reset token by which its user sets one: both or neither.
 *
 * @returns undefined when the owner's seat was asked for and somebody has it
 * @throws DomainError `invalid_request`, `username_taken`; `temporarily_unavailable` when the actor was changed at the same time
 */
export async function insertAccountWithLink(
  { store, audit, clock, random }: Means,
  { roles, ...input }: AccountForAnother,
  seat: "owner" | "none",
  by: Actor,
): Promise<AccountWithLink | undefined> {
  const names = checkNewNames(input);
  const now = clock.now();
  const account = newAccount({ ...names, id: newId(random), roles, passwordHash: null }, now);
  const resetToken = newSecret(random);
  const administrator = by === "operator" ? null : by;
  const token = {
    hash: hashSecret(resetToken),
    expiresAt: new Date(now.getTime() + FIRST_LINK_LIFETIME_IN_SECONDS * 1000),
    issuedBy: administrator?.id ?? null,
  };
  const { detail, ...who } = auditFactsOf(by);
  const facts = { seat, roles: roles.join(" "), link: true, ...detail };
  const wasMade = await audit.recordWith(
    { type: "account_created", userId: account.id, ...who, detail: facts },
    (record) => store.insertWithResetToken(account, seat, token, administrator, record),
  );
  if (wasMade) return { account, resetToken, expiresInSeconds: FIRST_LINK_LIFETIME_IN_SECONDS };
  if (await store.findByUsernameKey(names.usernameKey))
    throw new DomainError("username_taken", { field: "username" });
  if (seat === "owner" && (await store.hasAny())) return undefined;
  throw changedMeanwhile();
}
