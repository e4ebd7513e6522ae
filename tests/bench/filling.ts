/** Rows as they are by nature, made in the database itself: keys in no order, times spread over a month. */
import path from "node:path";
import Sqlite from "better-sqlite3";
import { Client } from "pg";

const SESSIONS_OF_A_PERSON = 5;

/** A database that no service runs on. */
export interface Filler {
  /** Copies the oldest row of a table so many times; `own` are the columns that differ, as expressions of `"n"`. */
  copy(table: string, count: number, own: Readonly<Record<string, string>>): Promise<void>;
  /** An expression: a time before (-) or after (+) now. */
  days(sign: "-" | "+"): string;
  /** An expression: a key of 22 letters and digits. */
  key(): string;
  /** An expression: one of the words, by a number. */
  oneOf(words: readonly string[], number: string): string;
  run(statement: string): Promise<void>;
  /** The first column of all rows. */
  column(statement: string): Promise<string[]>;
  /** Until all is on disk, and not while the measurements wait for theirs. */
  close(): Promise<void>;
}

const columnsOf = (
  names: readonly string[],
  own: Readonly<Record<string, string>>,
  text: (column: string) => string,
) => names.map((name) => own[name] ?? text(name)).join(", ");

export function fillerOfSqlite(dataDir: string): Filler {
  const database = new Sqlite(path.join(dataDir, "countersign.db"));
  database.pragma("synchronous = OFF");
  return {
    async copy(table, count, own) {
      const names = (database.pragma(`table_info("${table}")`) as { name: string }[]).map(({ name }) => name);
      database.exec(`
        WITH RECURSIVE "n" ("n") AS (SELECT 1 UNION ALL SELECT "n" + 1 FROM "n" WHERE "n" < ${count})
        INSERT INTO "${table}" (${names.map((name) => `"${name}"`)})
        SELECT ${columnsOf(names, own, (name) => `"${name}"`)}
        FROM (SELECT * FROM "${table}" ORDER BY "createdAt" LIMIT 1), "n"`);
    },
    days: (sign) =>
      `strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '${sign}' || (1 + ("n" * 7919) % 2500000) || ' seconds')`,
    key: () => "lower(hex(randomblob(11)))",
    oneOf: (words, number) =>
      `json_extract('${JSON.stringify(words)}', '$[' || ((${number}) % ${words.length}) || ']')`,
    async run(statement) {
      database.exec(statement);
    },
    column: async (statement) => database.prepare(statement).pluck().all() as string[],
    async close() {
      database.exec("ANALYZE");
      database.pragma("synchronous = FULL");
      database.pragma("wal_checkpoint(TRUNCATE)");
      database.close();
    },
  };
}

export async function fillerOfPostgres(url: string): Promise<Filler> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return {
    async copy(table, count, own) {
      const { rows } = await client.query<{ name: string }>(
        `SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1`,
        [table],
      );
      const names = rows.map(({ name }) => name);
      await client.query(`
        INSERT INTO "${table}" (${names.map((name) => `"${name}"`)})
        SELECT ${columnsOf(names, own, (name) => `"first"."${name}"`)}
        FROM (SELECT * FROM "${table}" ORDER BY "createdAt" LIMIT 1) AS "first", generate_series(1, ${count}) AS "n"`);
    },
    days: (sign) =>
      `now() AT TIME ZONE 'UTC' ${sign} (1 + ("n"::bigint * 7919) % 2500000) * interval '1 second'`,
    key: () => `substr(md5("n"::text), 1, 22)`,
    oneOf: (words, number) =>
      `(ARRAY[${words.map((word) => `'${word}'`)}])[1 + (${number}) % ${words.length}]`,
    async run(statement) {
      await client.query(statement);
    },
    async column(statement) {
      const { rows } = await client.query<unknown[]>({ text: statement, rowMode: "array" });
      return rows.map(([value]) => String(value));
    },
    async close() {
      await client.query("VACUUM ANALYZE");
      await client.query("CHECKPOINT");
      await client.end();
    },
  };
}

const sessionTimes = ({ days }: Filler) => ({
  ...{ createdAt: days("-"), lastActiveAt: days("-") },
  ...{ idleExpiresAt: days("+"), expiryDueAt: days("+") },
});

/** Copies the sessions that are there, for others of five people each, until there are so many. */
export async function fillSessions(filler: Filler, sessions: number): Promise<void> {
  const people = Math.ceil(sessions / SESSIONS_OF_A_PERSON);
  await filler.copy("User", people, {
    ...{ id: `'person ' || "n"`, username: `'person' || "n"`, usernameKey: `'person' || "n"` },
    ownerSeat: "NULL",
  });
  await filler.copy("Session", sessions, {
    ...{ id: filler.key(), userId: `'person ' || (1 + "n" / ${SESSIONS_OF_A_PERSON} % ${people})` },
    ...sessionTimes(filler),
  });
}

const firstNames =
  "Ada Alan Barbara Bilal Chen Clara Dennis Dorothy Edsger Elena Farida Frances Grace Guido Hedy Ibrahim Ingrid James Jean Kamala Katherine Ken Lars Lin Margaret Mei Nadia Niklaus Olga Omar Priya Radia Rosa Sanjay Sofia Tim Ursula Vera Wei Yukihiro Zainab Zoe".split(
    " ",
  );
const lastNames =
  "Allen Babbage Bartik Borg Cerf Clarke Conway Dijkstra Easley Feinler Goldberg Hamilton Hopper Johnson Keller Knuth Lamarr Lamport Liskov Lovelace Matsumoto Mayer McCarthy Minsky Moore Nguyen Perlman Ritchie Rossum Sammet Shannon Shirley Snyder Spark Thompson Torvalds Turing Wilkes Wing Wirth Zuse".split(
    " ",
  );

/** What some of the people are found by. */
export interface Known {
  readonly usernames: readonly string[];
  readonly addresses: readonly string[];
  readonly sessionIds: readonly string[];
  /** Of one in forty each. */
  readonly lastNames: readonly string[];
}

/** So many people with names, a verified address and a session each, spread over a month; and one of them all is an owner. */
export async function fillPeople(filler: Filler, people: number): Promise<Known> {
  const first = filler.oneOf(firstNames, `"n"`);
  const last = filler.oneOf(lastNames, `"n" / ${firstNames.length}`);
  const username = `lower(${first}) || '.' || lower(${last}) || "n"`;
  await filler.run(`UPDATE "User" SET "roles" = 'owner'`);
  await filler.copy("User", people, {
    ...{ id: `'person-of-a-million-' || "n"`, username, usernameKey: username },
    ...{
      displayName: `${first} || ' ' || ${last}`,
      roles: "'user'",
      ownerSeat: "NULL",
      createdAt: filler.days("-"),
    },
  });
  await filler.run(`
    INSERT INTO "EmailAddress" ("userId", "key", "address", "locale", "createdAt", "verifiedAt", "verifiedKey")
    SELECT "id", "usernameKey" || '@example.com', "usernameKey" || '@example.com', 'en', "createdAt", "createdAt",
      "usernameKey" || '@example.com' FROM "User" WHERE "id" LIKE 'person-of-a-million-%'`);
  await filler.copy("Session", people, {
    ...{ id: filler.key(), userId: `'person-of-a-million-' || "n"` },
    ...sessionTimes(filler),
  });
  // Some of them from everywhere.
  const some = async (column: string, table: string, pattern: string) => {
    const found = await filler.column(
      `SELECT "${column}" FROM "${table}" WHERE "${column}" LIKE '${pattern}' ORDER BY "${column}" LIMIT 20000`,
    );
    if (found.length === 0) throw new Error(`nobody has a ${column} like ${pattern}`);
    return found;
  };
  return {
    usernames: await some("usernameKey", "User", "%7"),
    addresses: await some("verifiedKey", "EmailAddress", "%7@%"),
    sessionIds: await some("id", "Session", "%7"),
    lastNames,
  };
}
