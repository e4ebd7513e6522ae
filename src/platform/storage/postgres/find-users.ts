import type { User } from "../../prisma/generated/sqlite/client";
import type { FoundUsers, UsersWanted } from "../driver";
import type { SentValue } from "./words";

/** What the index of parts is on: it is found by these very words. */
const TEXT = `("usernameKey" || ' ' || lower("displayName"))`;
/** Fewer letters make no part for the index but at the beginning of a word. */
const LETTERS_OF_A_PART = 3;

/** Runs a read that is planned for these very values. */
export type PlannedRead = <Row extends object>(sql: string, values: readonly SentValue[]) => Promise<Row[]>;

/**
 * By an index of parts of three letters (pg_trgm), or where there is none by reading; the newest first.
 *
 * A common part is found at once by going through the newest, and a rare one by the index of parts. Which of the two a part is,
 * PostgreSQL knows by the part: so there is no plan for all of them, and nothing is asked that has no answer to give.
 */
export async function findUsers(
  read: PlannedRead,
  { terms, status, role, after, limit }: UsersWanted,
): Promise<FoundUsers> {
  const values: SentValue[] = [];
  const bound = (value: SentValue) => `$${values.push(value)}`;
  const conditions = terms.map(
    (term) =>
      `(${patternsOf(term)
        .map((pattern) => `${TEXT} LIKE ${bound(pattern)}`)
        .join(" OR ")})`,
  );
  const place = placeOf(after);
  if (place) conditions.push(`("createdAt", "id") < (${bound(place.at)}::timestamp(3), ${bound(place.id)})`);
  // The words of two indexes, which hold the few who are no users, and the few who are disabled.
  if (role !== undefined && role !== "user") conditions.push(`"roles" <> 'user'`);
  if (role !== undefined) conditions.push(`' ' || "roles" || ' ' LIKE ${bound(`% ${role} %`)}`);
  if (status !== undefined) conditions.push(`"disabledAt" IS ${status === "open" ? "NULL" : "NOT NULL"}`);
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
  const rows = await read<User>(
    `SELECT * FROM "User" ${where} ORDER BY "createdAt" DESC, "id" DESC LIMIT ${bound(limit + 1)}`,
    values,
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, next: rows.length > limit && last ? `${last.createdAt.getTime()}.${last.id}` : null };
}

const LAST_TIME_IN_MS = 8.64e15 / 1000;

/** @returns null for the beginning, and for a place that nobody gave out */
function placeOf(after: string | null): { at: string; id: string } | null {
  const [, time = "", id = ""] = /^(\d{1,15})\.(.*)$/s.exec(after ?? "") ?? [];
  const inMs = Number(time);
  if (time === "" || inMs >= LAST_TIME_IN_MS) return null;
  return { at: new Date(inMs).toISOString(), id };
}

/**
 * A database that goes by bytes makes only the letters of ASCII small. Names in other alphabets are written in capitals, or with
 * a capital first: each is looked for, and all three are one where there is nothing but ASCII.
 */
function patternsOf(term: string): readonly string[] {
  const [first = "", ...rest] = [...term];
  const large = (letter: string) => (letter > "~" ? letter.toUpperCase() : letter);
  const written = new Set([term, large(first) + rest.join(""), [first, ...rest].map(large).join("")]);
  return [...written].flatMap((one) => {
    const escaped = one.replace(/[\\%_]/g, "\\$&");
    return rest.length + 1 < LETTERS_OF_A_PART ? [`${escaped}%`, `% ${escaped}%`] : [`%${escaped}%`];
  });
}
