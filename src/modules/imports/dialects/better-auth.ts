import { canonicalUsername } from "../../accounts";
import { listIn, readEntries, requireHash } from "../entries";
import { type Fields, flagOf, isFields, listOf, namesOf, textOf, timeOf } from "../fields";
import type { Entry, LeftBehind } from "../person";
import { byUser, rowsOf } from "./tables";

/** The tables `user`, `account`, `twoFactor` and `passkey` of better-auth, in one document. */
export function readBetterAuth(document: unknown, now: Date): Iterable<Entry> {
  const accounts = byUser(rowsOf(document, "account"));
  const passkeys = byUser(rowsOf(document, "passkey"));
  const twoFactors = byUser(rowsOf(document, "twoFactor"));
  return readEntries(listIn(document, "user", "users"), (user) => {
    const id = textOf(user, "id");
    const own = [...(accounts.get(id ?? "") ?? []), ...listOf(user, "accounts", "account").filter(isFields)];
    const password = own.find((one) => textOf(one, "providerId", "provider_id") === "credential");
    const hash = password ? textOf(password, "password") : null;
    const address = textOf(user, "email");
    const hasTwoFactors = twoFactors.has(id ?? "") || flagOf(user, "twoFactorEnabled", "two_factor_enabled");
    return {
      id,
      username: usernameOf(user),
      displayName: textOf(user, "name"),
      email:
        address === null ? null : { address, isVerified: flagOf(user, "emailVerified", "email_verified") },
      hash: hash === null ? null : requireHash(hash),
      isDisabled: isBanned(user, now),
      roles: namesOf(user, "role"),
      createdAt: timeOf(user, "createdAt", "created_at"),
      leftBehind: leftBehindOf({
        linked_account: own.some((one) => one !== password),
        passkey: passkeys.has(id ?? ""),
        authenticator_app: hasTwoFactors,
        phone: textOf(user, "phoneNumber", "phone_number") !== null,
      }),
    };
  });
}

/** As its owner writes it. What is shown is not what signs in: anybody may have somebody else's name shown. */
function usernameOf(user: Fields): string | null {
  const username = textOf(user, "username");
  const shown = textOf(user, "displayUsername", "display_username");
  const isSame =
    username !== null && shown !== null && canonicalUsername(shown) === canonicalUsername(username);
  return isSame ? shown : username;
}

function isBanned(user: Fields, now: Date): boolean {
  const until = timeOf(user, "banExpires", "ban_expires");
  return flagOf(user, "banned") && (until === null || until > now);
}

function leftBehindOf(found: Partial<Record<LeftBehind, boolean>>): LeftBehind[] {
  return (Object.keys(found) as LeftBehind[]).filter((kind) => found[kind]);
}
