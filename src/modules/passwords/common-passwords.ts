import { dictionary } from "@zxcvbn-ts/language-common";

/** Some 49,000 passwords from breaches, most used first, in lower case. */
export function readCommonPasswords(): ReadonlySet<string> {
  return new Set(dictionary["passwords-common"].map((password) => String(password).toLowerCase()));
}

/** They are read at first use and kept. */
export class CommonPasswords {
  #known: ReadonlySet<string> | undefined;

  has(password: string): boolean {
    this.#known ??= readCommonPasswords();
    return this.#known.has(password);
  }
}
