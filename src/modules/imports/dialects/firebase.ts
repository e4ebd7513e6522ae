import { type FirebaseProject, type ForeignHash, firebaseHash, fromBase64 } from "../../passwords";
import { listIn, readEntries, requireWithinLimits } from "../entries";
import { type Fields, flagOf, isFields, listOf, objectOf, textOf, timeOf } from "../fields";
import { type Entry, EntryFault, FileFault, type LeftBehind } from "../person";
import { claimedRoles } from "./claimed-roles";

/** What `firebase auth:export people.json` writes. */
export function readFirebase(document: unknown, project: FirebaseProject | undefined): Iterable<Entry> {
  const users = listIn(document, "users");
  if (!project && users.some((user) => isFields(user) && Boolean(user.passwordHash)))
    throw new FileFault(
      "it has password hashes, and they need the hash parameters of the project: --hash-config FILE",
    );
  return readEntries(users, (user) => {
    const address = textOf(user, "email");
    const providers = listOf(user, "providerUserInfo").filter(isFields);
    const claims = objectOf(user, "customAttributes", "customClaims");
    return {
      id: textOf(user, "localId", "uid"),
      username: null,
      displayName: textOf(user, "displayName"),
      email: address === null ? null : { address, isVerified: flagOf(user, "emailVerified") },
      hash: readPassword(user, project),
      isDisabled: flagOf(user, "disabled"),
      roles: claims ? claimedRoles(claims) : [],
      createdAt: timeOf(user, "createdAt"),
      leftBehind: leftBehindOf(user, providers),
    };
  });
}

function leftBehindOf(user: Fields, providers: readonly Fields[]): LeftBehind[] {
  const names = providers.map(({ providerId }) => providerId);
  const found: LeftBehind[] = [];
  if (names.some((name) => name !== "password" && name !== "phone")) found.push("linked_account");
  if (textOf(user, "phoneNumber") !== null) found.push("phone");
  if (listOf(user, "mfaInfo").length > 0) found.push("authenticator_app");
  return found;
}

/** What the command line writes in the place of each hash for somebody who may not see them. */
const REDACTED = "UkVEQUNURUQ=";

function readPassword(user: Fields, project: FirebaseProject | undefined): ForeignHash | null {
  const text = textOf(user, "passwordHash");
  if (text === null) return null;
  if (text === REDACTED)
    throw new EntryFault("the export has no password hashes: export it as somebody who may see them");
  const hash = project && firebaseHash(project, fromBase64(textOf(user, "salt") ?? ""), fromBase64(text));
  if (!hash) throw new EntryFault("its password hash does not fit the signer key");
  return requireWithinLimits(hash);
}

/**
 * Reads what the Firebase console shows as "password hash parameters", or the same as JSON.
 *
 * @throws FileFault
 */
export function readHashConfig(text: string): FirebaseProject {
  const setting = (name: string) => {
    const [, value] = new RegExp(`"?${name}"?\\s*:\\s*"?([\\w+/=-]+)"?`).exec(text) ?? [];
    if (value === undefined) throw new FileFault(`the hash parameters have no ${name}`);
    return value;
  };
  const algorithm = setting("algorithm");
  if (algorithm !== "SCRYPT")
    throw new FileFault(`the hash parameters are of ${algorithm}, and only SCRYPT is read`);
  return {
    signerKey: fromBase64(setting("base64_signer_key")),
    separator: fromBase64(setting("base64_salt_separator")),
    blockSize: Number(setting("rounds")),
    logN: Number(setting("mem_cost")),
    lanes: 1,
  };
}
