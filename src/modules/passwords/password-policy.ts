import { commonPasswords } from "./common-passwords";

export interface PasswordPolicy {
  /** In characters; less than 8 counts as 8. */
  readonly minLength: number;
  /** Words of the account and of the service, of which a password must not be made. */
  readonly words: readonly string[];
}

export type PasswordVerdict =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reason: "too_short" | "too_long" | "common" | "contains_account_words";
      readonly message: string;
    };

/** Far above the 64 that NIST SP 800-63B-4 asks to allow; a bound at all, so that hashing has one. */
export const MAX_PASSWORD_LENGTH = 1024;
const LEAST_MIN_LENGTH = 8;
/** Shorter words stand in too many honest passphrases. */
const SHORTEST_WORD = 4;

/** A repetition of so few characters is common, whichever they are. */
const LONGEST_TRIVIAL_UNIT = 3;

const sequences = [
  "abcdefghijklmnopqrstuvwxyz",
  "01234567890123456789",
  "qwertyuiopasdfghjklzxcvbnm",
  "qwertzuiopasdfghjklyxcvbnm",
  "azertyuiopqsdfghjklmwxcvbn",
];

/**
 * Judges a new password by NIST SP 800-63B-4 section 3.1.1: its length, whether it is commonly used (also repeated, or a
 * run of neighbouring keys), and whether it is made of words of the account. No rules about kinds of characters.
 */
export function checkNewPassword(password: string, policy: PasswordPolicy): PasswordVerdict {
  const normal = password.normalize("NFKC");
  const length = [...normal].length;
  const minLength = Math.max(LEAST_MIN_LENGTH, policy.minLength);
  if (length < minLength) {
    return { ok: false, reason: "too_short", message: `Please use at least ${minLength} characters.` };
  }
  if (length > MAX_PASSWORD_LENGTH) {
    return { ok: false, reason: "too_long", message: `Please use at most ${MAX_PASSWORD_LENGTH} characters.` };
  }
  const plain = normal.toLowerCase();
  if (isCommon(plain)) {
    return { ok: false, reason: "common", message: "This password is commonly used. Please choose another." };
  }
  if (restWithoutWords(plain, policy.words).length < minLength / 2) {
    return {
      ok: false,
      reason: "contains_account_words",
      message: "Please choose a password that is not made of your name or of this service's.",
    };
  }
  return { ok: true };
}

function isCommon(plain: string): boolean {
  const units = repeatedUnits(plain);
  const candidates = [plain, plain.replace(/[^\p{L}\p{N}]/gu, ""), stripPadding(plain), ...units];
  return (
    candidates.some((candidate) => commonPasswords().has(candidate) || isRun(candidate)) ||
    units.some((unit) => unit.length <= LONGEST_TRIVIAL_UNIT)
  );
}

/** The texts of which the password is a repetition; the last round may be cut. */
function repeatedUnits(text: string): string[] {
  const units: string[] = [];
  for (let length = 1; length <= text.length / 2; length += 1) {
    const unit = text.slice(0, length);
    if (unit.repeat(Math.ceil(text.length / length)).startsWith(text)) units.push(unit);
  }
  return units;
}

/** "password1234567!" is "password" with what people put behind it. */
function stripPadding(text: string): string {
  return text.replace(/^[\d\W_]+|[\d\W_]+$/gu, "");
}

/** Neighbours on the keyboard or in the alphabet, either way round. */
function isRun(text: string): boolean {
  if (text.length < 4) return false;
  const backwards = [...text].reverse().join("");
  return sequences.some((sequence) => {
    const endless = sequence.repeat(2);
    return endless.includes(text) || endless.includes(backwards);
  });
}

/** What is left when the words are taken out: a passphrase that happens to hold one keeps enough of its own. */
function restWithoutWords(plain: string, words: readonly string[]): string {
  let rest = plain;
  for (const word of words) {
    const plainWord = word.normalize("NFKC").toLowerCase();
    if (plainWord.length >= SHORTEST_WORD) rest = rest.replaceAll(plainWord, "");
  }
  return rest.replace(/[\d\W_]/gu, "").length === 0 && rest !== plain ? "" : rest;
}
