import { USER_CODE_ALPHABET, USER_CODE_LENGTH } from "../../contract/user-code";
import type { RandomSource } from "../ports";

/** @returns eight letters, as `canonicalUserCode` yields them */
export function newUserCode(random: RandomSource): string {
  const letter = () => USER_CODE_ALPHABET[random.integer(USER_CODE_ALPHABET.length)];
  return Array.from({ length: USER_CODE_LENGTH }, letter).join("");
}
