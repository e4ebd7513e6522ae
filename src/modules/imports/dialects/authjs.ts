import { listIn, readEntries, requireHash } from "../entries";
import { isFields, listOf, namesOf, textOf, timeOf } from "../fields";
import type { Entry } from "../person";
import { byUser, rowsOf } from "./tables";

/** The tables `User` and `Account` of Auth.js, in one document. The password is a column of the project's own making. */
export function readAuthJs(document: unknown): Iterable<Entry> {
  const accounts = byUser(rowsOf(document, "account", "Account", "accounts"));
  const authenticators = byUser(rowsOf(document, "authenticator", "Authenticator", "authenticators"));
  return readEntries(listIn(document, "user", "User", "users"), (user) => {
    const id = textOf(user, "id");
    const address = textOf(user, "email");
    const hash = textOf(
      user,
      ...["password", "passwordHash", "password_hash", "hashedPassword", "hashed_password"],
    );
    const isLinked = accounts.has(id ?? "") || listOf(user, "accounts").filter(isFields).length > 0;
    return {
      id,
      username: textOf(user, "username"),
      displayName: textOf(user, "name"),
      email:
        address === null
          ? null
          : { address, isVerified: timeOf(user, "emailVerified", "email_verified") !== null },
      hash: hash === null ? null : requireHash(hash),
      isDisabled: false,
      roles: namesOf(user, "role", "roles"),
      createdAt: timeOf(user, "createdAt", "created_at"),
      leftBehind: [
        ...(isLinked ? (["linked_account"] as const) : []),
        ...(authenticators.has(id ?? "") ? (["passkey"] as const) : []),
      ],
    };
  });
}
