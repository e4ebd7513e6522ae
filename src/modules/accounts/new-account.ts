import type { AuditTrail } from "../audit";
import { DomainError } from "../domain-error";
import type { Clock, RandomSource } from "../ports";
import { newId } from "../secret-hash";
import type { AccountRecord, AccountStore } from "./account-store";
import { checkDisplayName } from "./display-name";
import type { NewPasswords } from "./new-passwords";
import { canonicalUsername, checkNewUsername } from "./username";

export interface NewAccount {
  readonly username: string;
  readonly displayName?: string | undefined;
  readonly password: string;
}

interface Means {
  readonly store: AccountStore;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly random: RandomSource;
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
  };
  const outcome = await store.insert(account, seat);
  if (outcome === "username_taken") throw new DomainError("username_taken", { field: "username" });
  if (outcome === "owner_seat_taken") return undefined;
  await audit.record({ type: "account_created", userId: account.id, detail: { seat } });
  return account;
}
