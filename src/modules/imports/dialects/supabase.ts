import { listIn, readEntries, requireHash } from "../entries";
import { type Fields, flagOf, objectOf, textOf, timeOf } from "../fields";
import { type Entry, EntryFault, type LeftBehind, type SourcePerson } from "../person";
import { claimedRoles } from "./claimed-roles";

/** Rows of `auth.users` as JSON. */
export function readSupabase(document: unknown, now: Date): Iterable<Entry> {
  return readEntries(listIn(document, "users"), (user) => readSupabaseUser(user, now));
}

/** One row of `auth.users`, from JSON or from CSV. */
export function readSupabaseUser(user: Fields, now: Date): Omit<SourcePerson, "number"> {
  if (textOf(user, "deleted_at") !== null) throw new EntryFault("it was deleted there");
  if (flagOf(user, "is_anonymous")) throw new EntryFault("it is anonymous: nobody signs in to it");
  const address = textOf(user, "email");
  const confirmedAt = textOf(user, "email_confirmed_at", "confirmed_at");
  const text = textOf(user, "encrypted_password");
  const facts = objectOf(user, "raw_user_meta_data") ?? {};
  const claims = objectOf(user, "raw_app_meta_data") ?? {};
  const bannedUntil = timeOf(user, "banned_until");
  return {
    id: textOf(user, "id"),
    username: null,
    // They write it themselves, and sign in with their address.
    nickname: textOf(facts, "username", "user_name", "preferred_username"),
    displayName: textOf(facts, "full_name", "name", "display_name"),
    email: address === null ? null : { address, isVerified: confirmedAt !== null },
    hash: text === null ? null : requireHash(text),
    isDisabled: bannedUntil !== null && bannedUntil > now,
    roles: claimedRoles(claims),
    createdAt: timeOf(user, "created_at"),
    leftBehind: leftBehindOf(user, claims),
  };
}

function leftBehindOf(user: Fields, { providers, provider }: Fields): LeftBehind[] {
  const names = Array.isArray(providers) ? providers : [provider];
  const found: LeftBehind[] = [];
  if (flagOf(user, "is_sso_user") || names.some((name) => name && name !== "email" && name !== "phone"))
    found.push("linked_account");
  if (textOf(user, "phone") !== null) found.push("phone");
  return found;
}
