import { DomainError } from "../domain-error";

const MAX_LENGTH = 64;
const allowed = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}._@+-]*[\p{L}\p{N}\p{M}])?$/u;

/** Characters that are not shown, such as zero-width spaces and marks of writing direction: they come with a paste. */
const unseen = /\p{Cf}/gu;

/**
 * The form of a name that counts: NFKC and lower case, so that no two accounts look alike by case or by Unicode form
 * and no spelling escapes a limit (after RFC 8265, UsernameCaseMapped); without what is not shown, which no name has.
 */
export function canonicalUsername(username: string): string {
  // Lower-casing may leave the normal form, hence twice.
  return username.normalize("NFKC").replace(unseen, "").trim().toLowerCase().normalize("NFKC");
}

/**
 * @returns the name as it will be shown
 * @throws DomainError `invalid_request` for anything that is not 1 to 64 letters, digits or `. _ - @ +` between them
 */
export function checkNewUsername(username: string): string {
  // Around it they came with a paste. Inside they may be meant, as joiners are in some scripts, and are refused.
  const shown = username.replace(/^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu, "").normalize("NFC");
  const isPlain = [...shown].length <= MAX_LENGTH && !/\p{Cf}/u.test(shown.normalize("NFKC"));
  if (!isPlain || !allowed.test(canonicalUsername(shown))) {
    throw new DomainError("invalid_request", {
      field: "username",
      message: "A username has 1 to 64 letters, digits or . _ - @ + between them.",
    });
  }
  return shown;
}
