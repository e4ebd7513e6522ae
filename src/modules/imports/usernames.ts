import { canonicalUsername, checkNewUsername, mayBeNamed } from "../accounts";
import { isDomainError } from "../domain-error";
import type { SourcePerson } from "./person";

/** So long that a number fits behind it. */
const MAX_LENGTH = 56;
/** For somebody of whom nothing is known that a name could be made of. */
const LAST_RESORT = "user";

/** A username, and whether it is the one that the person signed in with there. */
export interface WantedUsername {
  readonly username: string;
  readonly isTheirOwn: boolean;
}

/**
 * The username of the source where the rules allow it. Else one that is made of it, of the address or of the name.
 *
 * A name that is an address is taken only from whoever has proven that address: on anybody else it would keep its owner from
 * verifying it.
 *
 * @param emailKey the address that comes over as a verified one
 */
export function wantedUsername(person: SourcePerson, emailKey: string | null): WantedUsername {
  const { username, nickname = null, email, displayName } = person;
  const own = username === null ? undefined : checked(username);
  if (own !== undefined && mayBeNamed(canonicalUsername(own), emailKey))
    return { username: own, isTheirOwn: true };
  const given = nickname === null ? undefined : checked(nickname);
  if (given !== undefined && mayBeNamed(canonicalUsername(given), null))
    return { username: given, isTheirOwn: false };
  const sources = [username, nickname, email?.address, displayName];
  const made = sources.map((text) => madeOf(text ?? "")).find((name) => name !== undefined);
  return { username: made ?? LAST_RESORT, isTheirOwn: false };
}

/** @returns a name by the rules, made of what is before the @; undefined where nothing is left */
function madeOf(text: string): string | undefined {
  const [local = ""] = text.normalize("NFKC").split("@", 1);
  const plain = local.toLowerCase().replace(/[^\p{L}\p{N}\p{M}._-]+/gu, ".");
  const cut = [...plain.replace(/^[^\p{L}\p{N}]+/u, "")].slice(0, MAX_LENGTH).join("");
  return checked(cut.replace(/[^\p{L}\p{N}\p{M}]+$/u, ""));
}

function checked(username: string): string | undefined {
  try {
    return checkNewUsername(username);
  } catch (error) {
    if (isDomainError(error)) return undefined;
    throw error;
  }
}
