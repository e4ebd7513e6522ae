import { readEmailAddress } from "../mail";
import { canonicalUsername } from "./username";

/**
 * The address that somebody signs in by, in the form that counts; undefined where it is none.
 *
 * What counts as one name finds one account. Otherwise a limit that one spelling has reached, and another one has not, would
 * tell that there is an account.
 */
export function emailKeyOf(identifier: string): string | undefined {
  return (readEmailAddress(identifier) ?? readEmailAddress(canonicalUsername(identifier)))?.key;
}

/** Under what is counted which finds no account: the same for all spellings that would find one and the same. */
export function identifierKey(identifier: string): string {
  return emailKeyOf(identifier) ?? canonicalUsername(identifier);
}
