import { DomainError } from "../domain-error";
import { canonicalUsername } from "./username";

/** @throws DomainError `not_found` */
export async function requireAccount<Account>(
  store: { findByUsernameKey(usernameKey: string): Promise<Account | undefined> },
  username: string,
): Promise<Account> {
  const account = await store.findByUsernameKey(canonicalUsername(username));
  if (!account) throw new DomainError("not_found", { message: "There is no account of that name." });
  return account;
}

/** @throws DomainError `forbidden` for a change that would have left no owner, and was not made */
export function requireOwnerLeft(outcome: "done" | "last_owner"): void {
  if (outcome === "last_owner") {
    throw new DomainError("forbidden", { message: "This is the only open account that is an owner." });
  }
}
