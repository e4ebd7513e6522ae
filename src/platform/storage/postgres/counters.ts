import type { Limiters, RateLimiter } from "../../../modules/ports";
import { Batch } from "./batch";
import type { PostgresDatabase } from "./database";

interface Counting {
  readonly key: string;
  readonly windowInSeconds: number;
}

interface Counted {
  /** With this one. */
  readonly points: number;
  readonly secondsLeft: number;
}

// By the server's clock, which all instances share. A window begins with the first that is counted in it.
const COUNT = `
  INSERT INTO "Counter" AS "counter" ("key", "points", "until")
  SELECT "key", "points", statement_timestamp() + "seconds" * interval '1 second'
  FROM unnest($1::text[], $2::integer[], $3::integer[]) AS "asked" ("key", "points", "seconds")
  ON CONFLICT ("key") DO UPDATE SET
    "points" = excluded."points" +
      CASE WHEN "counter"."until" <= statement_timestamp() THEN 0 ELSE "counter"."points" END,
    "until" =
      CASE WHEN "counter"."until" <= statement_timestamp() THEN excluded."until" ELSE "counter"."until" END
  RETURNING "key", "points", CAST(EXTRACT(EPOCH FROM "until" - statement_timestamp()) AS float8) AS "secondsLeft"`;

const READ = `
  SELECT "key", "points" FROM "Counter"
  WHERE "key" = ANY ($1::text[]) AND "until" > statement_timestamp()`;

const GIVE_BACK = `
  UPDATE "Counter" SET "points" = greatest(0, "Counter"."points" - "asked"."points")
  FROM unnest($1::text[], $2::integer[]) AS "asked" ("key", "points")
  WHERE "Counter"."key" = "asked"."key" AND "Counter"."until" > statement_timestamp()`;

const FORGET = `DELETE FROM "Counter" WHERE "until" < statement_timestamp()`;

/** Limits that all instances count together, exactly: each of one turn of the event loop in one statement. */
export function createPostgresLimiters(database: PostgresDatabase): Limiters & { sweep(): Promise<void> } {
  const given = new Set<string>();
  const counts = countsOn(database);
  return {
    named(name, limit) {
      if (given.has(name)) throw new Error(`two limits count under the name ${name}`);
      given.add(name);
      return createLimiter(counts, name, limit);
    },
    async sweep() {
      await database.query(FORGET);
    },
  };
}

function createLimiter(
  counts: ReturnType<typeof countsOn>,
  name: string,
  { points, windowInSeconds }: { points: number; windowInSeconds: number },
): RateLimiter {
  const keyOf = (key: string) => `${name} ${key}`;
  return {
    async consume(key) {
      const counted = await counts.count.add({ key: keyOf(key), windowInSeconds });
      if (counted.points <= points) return 0;
      return Math.min(windowInSeconds, Math.max(1, Math.ceil(counted.secondsLeft)));
    },
    count: (key) => counts.read.add(keyOf(key)),
    giveBack: (key) => counts.giveBack.add(keyOf(key)),
  };
}

function countsOn(database: PostgresDatabase) {
  const count = new Batch<Counting, Counted>({
    maxInFlight: 1,
    async run(asked) {
      const keys = sortedKeys(asked.map(({ key }) => key));
      const seconds = new Map(asked.map(({ key, windowInSeconds }) => [key, windowInSeconds]));
      const rows = await database.query<Counted & { key: string }>(COUNT, [
        keys,
        keys.map((key) => asked.filter((one) => one.key === key).length),
        keys.map((key) => seconds.get(key) ?? 0),
      ]);
      const counted = new Map(rows.map((row) => [row.key, row]));
      const before = new Map<string, number>();
      for (const { key } of asked) before.set(key, (before.get(key) ?? 0) + 1);
      // The first of a key gets the count with it alone, the last the whole.
      return asked.map(({ key }) => {
        const row = counted.get(key);
        if (!row) throw new Error("a count was not answered");
        const later = before.get(key) ?? 0;
        before.set(key, later - 1);
        return { points: row.points - later + 1, secondsLeft: row.secondsLeft };
      });
    },
  });
  const read = new Batch<string, number>({
    async run(keys) {
      const rows = await database.query<{ key: string; points: number }>(READ, [sortedKeys(keys)]);
      const points = new Map(rows.map((row) => [row.key, row.points]));
      return keys.map((key) => points.get(key) ?? 0);
    },
  });
  const giveBack = new Batch<string, void>({
    maxInFlight: 1,
    async run(asked) {
      const keys = sortedKeys(asked);
      await database.query(GIVE_BACK, [keys, keys.map((key) => asked.filter((one) => one === key).length)]);
      return asked.map(() => undefined);
    },
  });
  return { count, read, giveBack };
}

/** Each once and in one order, so that no two statements wait for each other. */
function sortedKeys(keys: readonly string[]): readonly string[] {
  return [...new Set(keys)].sort();
}
