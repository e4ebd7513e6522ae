import type { CommonPasswords } from "./common-passwords";
import { withoutRuns } from "./runs";

export interface PasswordPolicy {
  /** In characters; less than 8 counts as 8. */
  readonly minLength: number;
  /** Words of the account and of the service, of which a password must not be made. */
  readonly words: readonly string[];
  readonly common: CommonPasswords;
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
/** Shorter words are in too many honest passphrases. */
const MIN_WORD_LENGTH = 4;
/** The longest common password of the list. */
const MAX_AFFIX_LENGTH = 20;

/**
 * Judges a new password by NIST SP 800-63B-4 section 3.1.1: its length, whether it is commonly used (also repeated, or a
 * run of neighbouring keys), and whether it is made of words of the account. No rules about kinds of characters.
 *
 * "Made of" means: with such a word and all runs taken out, less than half of the least length is left. A passphrase
 * that happens to hold one keeps enough of its own.
 */
export function checkNewPassword(password: string, policy: PasswordPolicy): PasswordVerdict {
  const normal = password.normalize("NFKC");
  const length = [...normal].length;
  const minLength = Math.max(LEAST_MIN_LENGTH, policy.minLength);
  if (length < minLength) {
    return { ok: false, reason: "too_short", message: `Please use at least ${minLength} characters.` };
  }
  if (length > MAX_PASSWORD_LENGTH) {
    return {
      ok: false,
      reason: "too_long",
      message: `Please use at most ${MAX_PASSWORD_LENGTH} characters.`,
    };
  }
  const plain = normal.toLowerCase();
  const enough = minLength / 2;
  if (isMadeOfWords(plain, policy, enough)) {
    return {
      ok: false,
      reason: "contains_account_words",
      message: "Please choose a password that is not made of your name or of this service's.",
    };
  }
  if (isCommon(plain, policy.common, enough)) {
    return { ok: false, reason: "common", message: "This password is commonly used. Please choose another." };
  }
  return { ok: true };
}

function isMadeOfWords(plain: string, { words, common }: PasswordPolicy, enough: number): boolean {
  const parts = words
    .map((word) => word.normalize("NFKC").toLowerCase())
    .flatMap((word) => [word, ...word.split(/[^\p{L}\p{N}]+/u)])
    .filter((word) => word.length >= MIN_WORD_LENGTH)
    // The longest first: a part taken out of it would leave scraps that look like the person's own.
    .sort((a, b) => b.length - a.length);
  const rest = parts.reduce((text, word) => text.replaceAll(word, ""), plain);
  if (rest === plain) return false;
  const own = withoutRuns(rest).replace(/[\s\p{P}]/gu, "");
  return lengthOf(own) < enough || /^\p{N}*$/u.test(own) || common.has(own);
}

/** Of the texts about good passwords. They are on every guesser's list, and longer than what the list here holds. */
const EXAMPLES = ["correcthorsebatterystaple"];

function isCommon(plain: string, known: CommonPasswords, enough: number): boolean {
  const squeezed = plain.replace(/[\s\p{P}]/gu, "");
  const withoutExamples = EXAMPLES.reduce((text, example) => text.replaceAll(example, ""), squeezed);
  if (withoutExamples !== squeezed && lengthOf(withoutExamples) < enough) return true;
  const unit = repeatedUnit(plain);
  return (
    known.has(plain) ||
    known.has(squeezed) ||
    // Repeating adds nothing: a password is as long as what it repeats.
    (unit !== null && (lengthOf(unit) < LEAST_MIN_LENGTH || known.has(unit))) ||
    lengthOf(withoutRuns(plain)) < enough ||
    affixes(plain).some(
      (affix) => known.has(affix) && lengthOf(withoutRuns(plain.replaceAll(affix, ""))) < enough,
    )
  );
}

/** @returns the shortest text of which this one is a repetition; the last round may be cut */
function repeatedUnit(text: string): string | null {
  for (let length = 1; length <= text.length / 2; length += 1) {
    const unit = text.slice(0, length);
    if (unit.repeat(Math.ceil(text.length / length)).startsWith(text)) return unit;
  }
  return null;
}

/** Beginnings and ends: people put things before and behind a password they know. */
function affixes(text: string): string[] {
  const lengths = Array.from(
    { length: MAX_AFFIX_LENGTH - MIN_WORD_LENGTH + 1 },
    (_, index) => index + MIN_WORD_LENGTH,
  );
  return lengths
    .filter((length) => length < text.length)
    .flatMap((length) => [text.slice(0, length), text.slice(-length)]);
}

function lengthOf(text: string): number {
  return [...text].length;
}
