import { plainCode } from "./plain-code";

/** RFC 8628 section 6.1: no vowels, so no words; no digits, so nothing to mix up with O or I. 20^8 is 2^34.5. */
export const USER_CODE_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ";
export const USER_CODE_LENGTH = 8;

/** As people read it: `XXXX-XXXX`. */
export function displayUserCode(code: string): string {
  return `${code.slice(0, USER_CODE_LENGTH / 2)}-${code.slice(USER_CODE_LENGTH / 2)}`;
}

/** What was typed or pasted, as {@link plainCode} reads it. @returns undefined when it is no code */
export function canonicalUserCode(typed: string): string | undefined {
  const code = plainCode(typed);
  const isCode =
    code.length === USER_CODE_LENGTH && [...code].every((letter) => USER_CODE_ALPHABET.includes(letter));
  return isCode ? code : undefined;
}
