import { type ForeignHash, fromBase64, readForeignHash } from "../../passwords";
import { listIn, readEntries, requireWithinLimits } from "../entries";
import { type Fields, flagOf, isFields, listOf, namesOf, objectOf, textOf, timeOf } from "../fields";
import { type Entry, EntryFault, type LeftBehind } from "../person";

/** A realm as `kc.sh export` writes it, or one of its `-users-N.json`. */
export function readKeycloak(document: unknown): Iterable<Entry> {
  return readEntries(listIn(document, "users"), (user) => {
    if (textOf(user, "serviceAccountClientId") !== null)
      throw new EntryFault("it is the account of a program, not of a person");
    const credentials = listOf(user, "credentials").filter(isFields);
    const password = credentials.find((one) => one.type === "password");
    const name = [textOf(user, "firstName"), textOf(user, "lastName")]
      .filter((part) => part !== null)
      .join(" ");
    const address = textOf(user, "email");
    return {
      id: textOf(user, "id"),
      username: textOf(user, "username"),
      displayName: name === "" ? null : name,
      email: address === null ? null : { address, isVerified: flagOf(user, "emailVerified") },
      hash: password ? readPassword(password) : null,
      isDisabled: Object.hasOwn(user, "enabled") && !flagOf(user, "enabled"),
      roles: namesOf(user, "realmRoles"),
      createdAt: timeOf(user, "createdTimestamp"),
      leftBehind: [...leftBehindIn(credentials), ...linkedIn(user)],
    };
  });
}

const kinds: ReadonlyMap<unknown, LeftBehind> = new Map([
  ["otp", "authenticator_app"],
  ["webauthn", "passkey"],
  ["webauthn-passwordless", "passkey"],
  ["recovery-authn-codes", "recovery_codes"],
]);

function leftBehindIn(credentials: readonly Fields[]): LeftBehind[] {
  const found = credentials.map(({ type }) => kinds.get(type));
  return [...new Set(found.filter((kind) => kind !== undefined))];
}

function linkedIn(user: Fields): LeftBehind[] {
  return listOf(user, "federatedIdentities").length > 0 ? ["linked_account"] : [];
}

function readPassword(credential: Fields): ForeignHash {
  const data = objectOf(credential, "credentialData");
  const secret = objectOf(credential, "secretData");
  if (!data || !secret) throw new EntryFault("its password has no credentialData and secretData");
  const algorithm = textOf(data, "algorithm") ?? "";
  const [value, salt] = [textOf(secret, "value") ?? "", textOf(secret, "salt") ?? ""];
  const hash =
    algorithm === "argon2"
      ? readForeignHash(phcOf(data, value, salt))
      : pbkdf2Of(algorithm, data, { value, salt });
  if (!hash)
    throw new EntryFault(`its password hash is of a kind that is not known: ${algorithm.slice(0, 40)}`);
  return requireWithinLimits(hash);
}

function pbkdf2Of(
  algorithm: string,
  data: Fields,
  { value, salt }: { readonly value: string; readonly salt: string },
): ForeignHash | undefined {
  const [, named = "sha1"] = /^pbkdf2(?:-(sha256|sha512))?$/.exec(algorithm) ?? [undefined, "none"];
  if (named !== "sha1" && named !== "sha256" && named !== "sha512") return undefined;
  const iterations = Number(textOf(data, "hashIterations"));
  return { kind: "pbkdf2", digest: named, iterations, salt: fromBase64(salt), hash: fromBase64(value) };
}

/** Keycloak 25 and newer. Its parameters are lists of one text each. */
function phcOf(data: Fields, value: string, salt: string): string {
  const parameters = objectOf(data, "additionalParameters") ?? {};
  const first = (name: string) => namesOf(parameters, name)[0] ?? "";
  const version = first("version") === "1.0" ? 16 : 19;
  const costs = `m=${first("memory")},t=${textOf(data, "hashIterations")},p=${first("parallelism")}`;
  const plain = (text: string) => text.replace(/=+$/, "");
  return `$argon2${first("type")}$v=${version}$${costs}$${plain(salt)}$${plain(value)}`;
}
