import { requireHash } from "../entries";
import { type Fields, flagOf, namesOf, textOf, timeOf } from "../fields";
import type { SourcePerson } from "../person";

/** The headings that a file of the dialect `csv` may have. */
export const csvHeadings: readonly string[] = [
  "id",
  "username",
  "display_name",
  "email",
  "email_verified",
  "password_hash",
  "disabled",
  "roles",
  "created_at",
];

/** One line, by its headings. */
export function readCsvPerson(line: Fields): Omit<SourcePerson, "number"> {
  const address = textOf(line, "email");
  const hash = textOf(line, "password_hash");
  return {
    id: textOf(line, "id"),
    username: textOf(line, "username"),
    displayName: textOf(line, "display_name"),
    email: address === null ? null : { address, isVerified: flagOf(line, "email_verified") },
    hash: hash === null ? null : requireHash(hash),
    isDisabled: flagOf(line, "disabled"),
    roles: namesOf(line, "roles"),
    createdAt: timeOf(line, "created_at"),
    leftBehind: [],
  };
}
