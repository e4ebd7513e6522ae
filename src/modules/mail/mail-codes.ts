import type { RandomSource } from "../ports";

const DIGITS = 8;

/** @returns eight digits: easy to carry over from a mail, and good only where guesses at them are counted */
export function newMailCode(random: RandomSource): string {
  return String(random.integer(10 ** DIGITS)).padStart(DIGITS, "0");
}

/** A code as a person has typed or pasted it: in groups, or with digits of another width. */
export function readMailCode(typed: string): string {
  return typed.normalize("NFKC").replace(/[\s\p{Cf}-]/gu, "");
}
