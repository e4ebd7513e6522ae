import type { User } from "../../prisma/generated/sqlite/client";
import type { Driver, FoundUsers, UsersWanted } from "../driver";

const LAST_TIME_IN_MS = 8.64e15 / 1000;

/** By an index of parts of three letters (pg_trgm), or where there is none by reading; the newest first. */
export async function findUsers(
  database: Pick<Driver, "rows">,
  { terms, status, role = "", after, limit }: UsersWanted,
): Promise<FoundUsers> {
  const { at, id } = placeOf(after);
  const [first = ALL, second = ALL, third = ALL] = terms.map(toPatterns);
  const rows = await database.rows<User>`
    SELECT * FROM "User"
    WHERE ("createdAt" < ${at} OR ("createdAt" = ${at} AND "id" < ${id}))
      AND (("usernameKey" || ' ' || lower("displayName")) LIKE ${first.small}
        OR ("usernameKey" || ' ' || lower("displayName")) LIKE ${first.capital}
        OR ("usernameKey" || ' ' || lower("displayName")) LIKE ${first.large})
      AND (("usernameKey" || ' ' || lower("displayName")) LIKE ${second.small}
        OR ("usernameKey" || ' ' || lower("displayName")) LIKE ${second.capital}
        OR ("usernameKey" || ' ' || lower("displayName")) LIKE ${second.large})
      AND (("usernameKey" || ' ' || lower("displayName")) LIKE ${third.small}
        OR ("usernameKey" || ' ' || lower("displayName")) LIKE ${third.capital}
        OR ("usernameKey" || ' ' || lower("displayName")) LIKE ${third.large})
      AND (${role} = '' OR ' ' || "roles" || ' ' LIKE '% ' || ${role} || ' %')
      AND (${status ?? ""} = '' OR ("disabledAt" IS NULL) = (${status ?? ""} = 'open'))
    ORDER BY "createdAt" DESC, "id" DESC LIMIT ${limit + 1}`;
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, next: rows.length > limit && last ? `${last.createdAt.getTime()}.${last.id}` : null };
}

function placeOf(after: string | null): { at: Date; id: string } {
  const [time = "", id = ""] = (after ?? "").split(".");
  const inMs = time === "" ? LAST_TIME_IN_MS : Number(time);
  return { at: new Date(Number.isSafeInteger(inMs) && inMs < LAST_TIME_IN_MS ? inMs : LAST_TIME_IN_MS), id };
}

const toPattern = (term: string) => `%${term.replace(/[\\%_]/g, "\\$&")}%`;

interface Patterns {
  readonly small: string;
  readonly capital: string;
  readonly large: string;
}

const ALL: Patterns = { small: "%", capital: "%", large: "%" };

/**
 * A database that goes by bytes makes only the letters of ASCII small. Names in other alphabets are written in capitals, or with
 * a capital first: each is looked for, and all three are one where there is nothing but ASCII.
 */
function toPatterns(term: string): Patterns {
  const [first = "", ...rest] = [...term];
  const large = (letter: string) => (letter > "~" ? letter.toUpperCase() : letter);
  return {
    small: toPattern(term),
    capital: toPattern(large(first) + rest.join("")),
    large: toPattern([first, ...rest].map(large).join("")),
  };
}
