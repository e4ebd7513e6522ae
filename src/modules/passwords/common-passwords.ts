import { dictionary } from "@zxcvbn-ts/language-common";

let known: ReadonlySet<string> | undefined;

/** Some 49,000 passwords from breaches, most used first, in lower case. Read at first use and kept. */
export function commonPasswords(): ReadonlySet<string> {
  known ??= new Set(dictionary["passwords-common"].map((password) => String(password).toLowerCase()));
  return known;
}
