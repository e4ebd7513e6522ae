import { createHash } from "node:crypto";
import { type RoleName, roleName } from "../../contract/schemas";
import { canonicalUsername } from "../accounts";
import { type EmailAddress, readEmailAddress } from "../mail";
import { readShownName } from "../shown-name";
import type { SourcePerson } from "./person";
import type { ImportNote } from "./report";
import { wantedUsername } from "./usernames";

/** Of display names, as everywhere. */
const MAX_DISPLAY_NAME_LENGTH = 100;
/** As our own are, and those of the sources: long enough that two installations do not give the same one. */
const keptId = /^[\w-]{16,64}$/;

/** What a person is to be here, before it is known who else there is. */
export interface Plan {
  readonly person: SourcePerson;
  readonly id: string;
  readonly username: string;
  readonly isUsernameTheirOwn: boolean;
  readonly displayName: string | null;
  readonly email: EmailAddress | null;
  readonly roles: readonly RoleName[];
  readonly notes: readonly ImportNote[];
}

/** Looks at nothing but the person. @returns undefined for somebody without an id, a username and an address */
export function planOf(
  person: SourcePerson,
  { source, roles }: { readonly source: string; readonly roles: ReadonlyMap<string, RoleName> },
): Plan | undefined {
  const id = idOf(person, source);
  if (id === undefined) return undefined;
  const read = person.email === null ? undefined : readEmailAddress(person.email.address);
  const email = (person.email?.isVerified && read) || null;
  const { username, isTheirOwn } = wantedUsername(person, email?.key ?? null);
  const displayName =
    person.displayName === null ? undefined : readShownName(person.displayName, MAX_DISPLAY_NAME_LENGTH);
  const notes: (ImportNote | false)[] = [
    id !== person.id && "id_mapped",
    !isTheirOwn && (person.username === null ? "username_derived" : "username_changed"),
    person.displayName !== null && displayName === undefined && "display_name_changed",
    person.email !== null && !person.email.isVerified && "address_not_verified",
    person.email?.isVerified === true && !read && "address_not_usable",
    person.hash === null && "no_password",
    person.isDisabled && "disabled",
    ...person.leftBehind,
  ];
  return {
    ...{ person, id, username, isUsernameTheirOwn: isTheirOwn, email },
    displayName: displayName ?? null,
    roles: rolesOf(person, roles),
    notes: notes.filter((note) => note !== false),
  };
}

/**
 * The same at every run, so that one that is repeated finds whom it has taken. Where ids cannot be kept they are made of what
 * the source tells people apart by.
 */
function idOf({ id, username, email }: SourcePerson, source: string): string | undefined {
  if (id !== null && keptId.test(id)) return id;
  const mark =
    id ?? email?.address.toLowerCase() ?? (username === null ? undefined : canonicalUsername(username));
  if (mark === undefined) return undefined;
  const kind = id === null ? "name" : "id";
  const digest = createHash("sha256")
    .update(JSON.stringify(["import", source, kind, mark]))
    .digest();
  return digest.subarray(0, 16).toString("base64url");
}

/** Nobody is more than a user but by the operator's word. */
function rolesOf({ roles }: SourcePerson, map: ReadonlyMap<string, RoleName>): readonly RoleName[] {
  const given = new Set(roles.map((role) => map.get(role)));
  const known = roleName.options.filter((role) => given.has(role));
  return known.length > 0 ? known : ["user"];
}
