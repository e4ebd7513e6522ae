import type { User } from "../../prisma/generated/sqlite/client";
import type { Driver, FoundUsers, UsersWanted } from "../driver";

const LAST = Number.MAX_SAFE_INTEGER;

/**
 * By the index of parts of three letters that triggers keep (FTS5, trigram). It yields the newest first and stops when there
 * are enough, so that a page costs the same wherever it is, and nothing is sorted. Roles and state are words of that text;
 * the columns are asked again, because a name may hold the same words.
 */
export async function findUsers(
  database: Pick<Driver, "rows">,
  { terms, status, role = "", after, limit }: UsersWanted,
): Promise<FoundUsers> {
  const place = Number(after ?? LAST);
  const from = Number.isSafeInteger(place) ? place : LAST;
  const words = [
    ...terms.map(toPhrase),
    ...[role, status ?? ""].flatMap((word) => (word === "" ? [] : `"§${word}"`)),
  ];
  const rows =
    words.length === 0
      ? await database.rows<User & { number: number }>`
          SELECT "User".*, "number" FROM "UserSearch" JOIN "User" ON "id" = "userId"
          WHERE "number" < ${from} ORDER BY "number" DESC LIMIT ${limit + 1}`
      : await database.rows<User & { number: number }>`
          SELECT "User".*, "number" FROM "UserText"
          JOIN "UserSearch" ON "number" = "UserText".rowid JOIN "User" ON "id" = "userId"
          WHERE "UserText" MATCH ${words.join(" AND ")} AND "UserText".rowid < ${from}
            AND (${role} = '' OR ' ' || "roles" || ' ' LIKE '% ' || ${role} || ' %')
            AND (${status ?? ""} = '' OR ("disabledAt" IS NULL) = (${status ?? ""} = 'open'))
          ORDER BY "UserText".rowid DESC LIMIT ${limit + 1}`;
  const page = rows.slice(0, limit);
  const next = rows.length > limit ? String(page.at(-1)?.number) : null;
  return { rows: page.map(({ number: _, ...row }) => row), next };
}

/** Three letters or more are found anywhere, fewer at the beginning of a word. */
function toPhrase(term: string): string {
  const missing = Math.max(0, 3 - [...term].length);
  return `"${" ".repeat(missing)}${term.replaceAll('"', '""')}"`;
}
