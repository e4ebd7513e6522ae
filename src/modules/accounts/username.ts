import { DomainError } from "../domain-error";

const MAX_LENGTH = 64;
const allowed = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}._@+-]*[\p{L}\p{N}\p{M}])?$/u;

/**
 * The form of a name that counts: NFKC and lower case, so that no two accounts look alike by case or by Unicode form
 * and no spelling escapes a limit (after RFC 8265, UsernameCaseMapped).
 */
export function canonicalUsername(username: string): string {
  // Lower-casing may leave the normal form, hence twice.
  return username.trim().normalize("NFKC").toLowerCase().normalize("NFKC");
}

/**
 * @returns the name as it will be shown
 * @throws DomainError `invalid_request` for anything that is not 1 to 64 letters, digits or `. _ - @ +` between them
 */
export function checkNewUsername(username: string): string {
  const shown = username.trim().normalize("NFC");
  if ([...shown].length > MAX_LENGTH || !allowed.test(canonicalUsername(shown))) {
    throw new DomainError("invalid_request", {
      field: "username",
      message: "A username has 1 to 64 letters, digits or . _ - @ + between them.",
    });
  }
  return shown;
}
