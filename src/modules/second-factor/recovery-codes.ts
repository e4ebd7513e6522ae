import type { RandomSource } from "../ports";
import { hashSecret } from "../secret-hash";

export const RECOVERY_CODES = 10;
/** 80 bits. */
const LENGTH = 16;
/** Crockford's base 32: nothing that is taken for something else, in capitals or not. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** @returns ten codes, as they are shown: four groups of four characters */
export function newRecoveryCodes(random: RandomSource): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const text = Array.from({ length: LENGTH }, () => ALPHABET[random.integer(ALPHABET.length)]).join("");
    return text.replace(/(.{4})(?=.)/g, "$1-");
  });
}

/** As people type them. @returns undefined for what can be no code */
export function readRecoveryCode(text: string): string | undefined {
  const code = text
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[\s\p{Dash}]/gu, "")
    .replace(/O/g, "0")
    .replace(/[IL]/g, "1");
  return code.length === LENGTH && [...code].every((character) => ALPHABET.includes(character))
    ? code
    : undefined;
}

/**
 * Without a key: 80 random bits cannot be searched, and a code has to outlive the installation's secrets.
 *
 * @param code as it is shown or typed
 */
export function hashRecoveryCode(userId: string, code: string): string {
  return hashSecret(`recovery code of ${userId} ${readRecoveryCode(code) ?? ""}`);
}
