import type { RandomSource } from "../ports";

/** RFC 8628 section 6.1: no vowels, so no words; no digits, so nothing to mix up with O or I. 20^8 is 2^34.5. */
const ALPHABET = "BCDFGHJKLMNPQRSTVWXZ";
const LENGTH = 8;

/** @returns eight letters, as {@link canonicalUserCode} yields them */
export function newUserCode(random: RandomSource): string {
  return Array.from({ length: LENGTH }, () => ALPHABET[random.integer(ALPHABET.length)]).join("");
}

/** As people read it: `XXXX-XXXX`. */
export function displayUserCode(code: string): string {
  return `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`;
}

/** What was typed, without regard to case, spaces, hyphens and full-width letters. @returns undefined when it is no code */
export function canonicalUserCode(typed: string): string | undefined {
  const code = typed
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[\s\p{Pd}_.]/gu, "");
  const isCode = code.length === LENGTH && [...code].every((letter) => ALPHABET.includes(letter));
  return isCode ? code : undefined;
}
