import { DomainError } from "../domain-error";
import type { AccountRecord } from "./account-store";
import { type Actor, changedMeanwhile } from "./authority";
import { canonicalUsername, formerUsernameKey } from "./username";

interface Names<Account> {
  findByUsernameKey(usernameKey: string): Promise<Account | undefined>;
}

/** The account that has the name, in whichever spelling. */
export async function findByName<Account>(
  store: Names<Account>,
  username: string,
): Promise<Account | undefined> {
  const former = formerUsernameKey(username);
  const key = canonicalUsername(username);
  // First as it is written: two accounts of one name, from when that was possible, are each found by their own.
  const account = former === key ? undefined : await store.findByUsernameKey(former);
  return account ?? store.findByUsernameKey(key);
}

/** @throws DomainError `not_found` */
export async function requireAccount<Account>(store: Names<Account>, username: string): Promise<Account> {
  const account = await findByName(store, username);
  if (!account) throw new DomainError("not_found", { message: "There is no account of that name." });
  return account;
}

/** An account that was read, or the name of one. */
export type Target = string | AccountRecord;

/** @throws DomainError `not_found` */
export async function requireTarget(store: Names<AccountRecord>, target: Target): Promise<AccountRecord> {
  return typeof target === "string" ? requireAccount(store, target) : target;
}

/**
 * @throws DomainError `forbidden` for a change that would have left no owner, and was not made; `temporarily_unavailable` for one
 * that was decided by rows that are others now
 */
export function requireOwnerLeft(outcome: "done" | "last_owner" | "changed_meanwhile", actor: Actor): void {
  if (outcome === "changed_meanwhile") throw changedMeanwhile();
  if (outcome === "last_owner") {
    throw new DomainError("forbidden", {
      message: actor === "operator" ? `${lastOwner} If you mean it, add --even-last-owner.` : lastOwner,
    });
  }
}

const lastOwner = "This is the only enabled owner. Without an owner nobody has all rights.";
