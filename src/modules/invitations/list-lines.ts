import { parse } from "csv-parse/sync";
import type { ListFault } from "../../contract/invitation-lists";
import { type RoleName, roleName } from "../../contract/schemas";
import { type EmailAddress, type MailLocale, mailLocales, readEmailAddress } from "../mail";

const HEADINGS = ["email", "roles", "locale"] as const;
type Heading = (typeof HEADINGS)[number];
/** No longer than an address may be. */
const MAX_SHOWN_LENGTH = 320;

/** Somebody who is to be invited. */
export interface ListedPerson {
  readonly line: number;
  readonly email: EmailAddress;
  readonly roles: readonly RoleName[];
  /** Null: the line says nothing. */
  readonly locale: MailLocale | null;
}

/** A line that invites nobody. */
export interface FaultyLine {
  readonly line: number;
  /** As it is written. */
  readonly email: string | null;
  readonly fault: ListFault;
}

/** The text is no list. Its message says why, for whoever wrote it. */
export class ListFormatFault extends Error {}

/**
 * The lines of a list in CSV (RFC 4180), but that no cell goes over several lines. So one that is broken, as by a quotation
 * mark that is never closed, takes no other along.
 *
 * @param max of people; a longer list is refused before it is read
 * @throws ListFormatFault for headings that do not fit, and for a list with nobody in it, or too many
 */
export function readListLines(text: string, max = Number.POSITIVE_INFINITY): (ListedPerson | FaultyLine)[] {
  const written = text
    .replace(/^\ufeff/, "")
    .split(/\r\n|\n|\r/)
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== "");
  const [first, ...people] = written;
  // Spreadsheets put a semicolon or a tab between where the comma is in numbers. No heading holds any of them.
  const delimiter = /[,;\t]/.exec(first?.line ?? "")?.[0] ?? ",";
  const headings = readHeadings(cellsOf(first?.line ?? "", delimiter));
  if (people.length === 0) throw new ListFormatFault("it has nobody below its headings");
  if (people.length > max) throw new ListFormatFault(`it has more than ${max} people`);
  return people.map(({ line, number }) => {
    const cells = cellsOf(line, delimiter);
    // A cell without a heading may be one that slipped from another column.
    if (!cells || cells.slice(headings.length).some((cell) => cell !== ""))
      return { line: number, email: null, fault: "unreadable" };
    return lineOf(number, (heading) => cells[headings.indexOf(heading)] ?? "");
  });
}

/** @returns undefined for a line that is broken */
function cellsOf(line: string, delimiter: string): string[] | undefined {
  try {
    const [cells = []] = parse(line, { delimiter, trim: true, relax_column_count: true }) as string[][];
    return cells;
  } catch {
    return undefined;
  }
}

function readHeadings(cells: readonly string[] = []): Heading[] {
  const names = cells.map((cell) => cell.toLowerCase());
  const headings = HEADINGS.filter((heading) => names.includes(heading));
  // Another one may be a typing mistake, which would be overlooked for everybody.
  if (
    !headings.includes("email") ||
    headings.length !== names.length ||
    headings.length !== new Set(names).size
  )
    throw new ListFormatFault(
      `its first line has to hold the headings: email, and if wanted roles and locale`,
    );
  return names as Heading[];
}

function lineOf(line: number, cellOf: (heading: Heading) => string): ListedPerson | FaultyLine {
  const address = cellOf("email");
  const refused = (fault: ListFault): FaultyLine => ({
    ...{ line, fault },
    email: address === "" ? null : address.slice(0, MAX_SHOWN_LENGTH),
  });
  if (address === "") return refused("no_email");
  const email = readEmailAddress(address);
  if (!email) return refused("bad_email");
  const names = cellOf("roles")
    .split(/[,;\s]+/)
    .filter((name) => name !== "");
  const roles = roleName.options.filter((role) => names.includes(role));
  if (names.some((name) => !roles.some((role) => role === name))) return refused("unknown_role");
  const tag = cellOf("locale").toLowerCase();
  const locale = mailLocales.find((known) => known.toLowerCase() === tag) ?? null;
  if (tag !== "" && locale === null) return refused("unknown_locale");
  return { line, email, roles: roles.length > 0 ? roles : ["user"], locale };
}
