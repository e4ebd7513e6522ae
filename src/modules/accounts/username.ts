import { DomainError } from "../domain-error";
import { readEmailAddress } from "../mail";
import { mixesScripts } from "./scripts";

const MAX_LENGTH = 64;
const allowed = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}._@+-]*[\p{L}\p{N}\p{M}])?$/u;

/** Characters that are not shown, such as zero-width spaces and marks of writing direction: they come with a paste. */
const unseen = /\p{Cf}/gu;

/**
 * The form of a name that counts, so that no two accounts look alike by case or by Unicode form and no spelling escapes a
 * limit; without what is not shown, which no name has.
 *
 * It goes further than RFC 8265, UsernameCaseMapped, whose lower case alone leaves ς beside σ and ı beside i: names that are
 * the same in capitals are one name, whatever the small letters, the place in the word or the language.
 */
export function canonicalUsername(username: string): string {
  let canonical = formerUsernameKey(username);
  // Each step may leave the normal form, or make room for another one.
  for (let before = ""; before !== canonical; ) {
    before = canonical;
    canonical = withoutVariants(before.toUpperCase().toLowerCase().normalize("NFKC"));
  }
  return canonical;
}

/** Lower-casing itself makes a sigma at the end of a word another letter; and a dot over an i, which has one, is not seen. */
function withoutVariants(lower: string): string {
  return lower.replace(/ς/g, "σ").replace(/i\u0307/g, "i");
}

/**
 * The form that counted until then: NFKC and lower case. An account from before, whose name would now be another's too, keeps
 * it as its key.
 */
export function formerUsernameKey(username: string): string {
  // Lower-casing may leave the normal form, so it is done twice.
  return username.normalize("NFKC").replace(unseen, "").trim().toLowerCase().normalize("NFKC");
}

/**
 * Names of accounts from before are not asked again.
 *
 * @returns the name as it will be shown
 * @throws DomainError `invalid_request` for anything that is not 1 to 64 letters, digits or `. _ - @ +` between them, and for
 *   letters of several scripts, which can look like another's name: the Cyrillic а in аda
 */
export function checkNewUsername(username: string): string {
  // Around it they came with a paste. Inside they may be meant, as joiners are in some scripts, and are refused.
  const shown = username.replace(/^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu, "").normalize("NFC");
  const isPlain = [...shown].length <= MAX_LENGTH && !/\p{Cf}/u.test(shown.normalize("NFKC"));
  if (!isPlain || !allowed.test(canonicalUsername(shown)))
    throw refused("A username has 1 to 64 letters, digits or . _ - @ + between them.");
  if (mixesScripts(shown.normalize("NFKC")))
    throw refused(
      "All letters of a username are of one script: letters of two, such as Latin and Cyrillic, can look the same.",
    );
  return shown;
}

/**
 * The rule for every way to a name: a mail address is a name only for whoever has proven it. On anybody else it would keep its
 * owner from proving it, and be taken for that one.
 *
 * @param provenKey the address that they have proven, in the form that counts; null where they have proven none
 */
export function mayBeNamed(usernameKey: string, provenKey: string | null): boolean {
  const address = readEmailAddress(usernameKey);
  return address === undefined || address.key === provenKey;
}

/** For a name that somebody has from the beginning, with nothing proven. @throws DomainError `invalid_request` */
export function requireNoAddress({ usernameKey }: { readonly usernameKey: string }): void {
  if (!mayBeNamed(usernameKey, null)) throw isAnAddress();
}

/** For another name of an account. @throws DomainError `invalid_request` */
export async function requireNoOthersAddress(
  store: { findByEmailKey(emailKey: string): Promise<{ readonly id: string } | undefined> },
  { usernameKey }: { readonly usernameKey: string },
  account: { readonly id: string },
): Promise<void> {
  const address = readEmailAddress(usernameKey);
  if (address === undefined) return;
  const owner = await store.findByEmailKey(address.key);
  if (!mayBeNamed(usernameKey, owner?.id === account.id ? address.key : null)) throw isAnAddress();
}

function isAnAddress(): DomainError {
  return refused(
    "A username is a mail address only where the account has proven that address. Please choose another one.",
  );
}

function refused(message: string): DomainError {
  return new DomainError("invalid_request", { field: "username", message });
}
