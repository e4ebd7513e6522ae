/** Databases of the measurements' own: SQLite's files, and PostgreSQL on a server that is started and ended here. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { Client } from "pg";
import { type Cluster, startCluster } from "../helpers/postgres/cluster";
import { createDatabase } from "../helpers/postgres/databases";
import type { GrowingDatabase } from "./growth";
import type { StartOptions, startService } from "./service";

export type Start = (options: StartOptions) => ReturnType<typeof startService>;

const SESSIONS_OF_A_PERSON = 5;

/** Rows as they are by nature: keys in no order, times spread over a month. */
const columnsOf = (
  names: readonly string[],
  own: Readonly<Record<string, string>>,
  text: (column: string) => string,
) => names.map((name) => own[name] ?? text(name)).join(", ");

export function onSqlite(start: Start): () => Promise<GrowingDatabase> {
  return async () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), "countersign-bench-"));
    return {
      name: "SQLite",
      start: () => start({ dataDir }),
      async fill(sessions) {
        const database = new Sqlite(path.join(dataDir, "countersign.db"));
        database.pragma("synchronous = OFF");
        const copy = (table: string, count: number, own: Readonly<Record<string, string>>) => {
          const names = (database.pragma(`table_info("${table}")`) as { name: string }[]).map(
            ({ name }) => name,
          );
          database.exec(`
            WITH RECURSIVE "n" ("n") AS (SELECT 1 UNION ALL SELECT "n" + 1 FROM "n" WHERE "n" < ${count})
            INSERT INTO "${table}" (${names.map((name) => `"${name}"`)})
            SELECT ${columnsOf(names, own, (name) => `"${name}"`)}
            FROM (SELECT * FROM "${table}" ORDER BY "createdAt" LIMIT 1), "n"`);
        };
        const days = (sign: string) =>
          `strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '${sign}' || (1 + ("n" * 7919) % 2500000) || ' seconds')`;
        copy("User", Math.ceil(sessions / SESSIONS_OF_A_PERSON), {
          id: `'person ' || "n"`,
          username: `'person' || "n"`,
          usernameKey: `'person' || "n"`,
          ownerSeat: "NULL",
        });
        copy("Session", sessions, {
          id: "lower(hex(randomblob(11)))",
          userId: `'person ' || (1 + "n" / ${SESSIONS_OF_A_PERSON} % ${Math.ceil(sessions / SESSIONS_OF_A_PERSON)})`,
          createdAt: days("-"),
          lastActiveAt: days("-"),
          idleExpiresAt: days("+"),
          expiryDueAt: days("+"),
        });
        database.exec("ANALYZE");
        // On disk by now, and not while the measurements wait for theirs.
        database.pragma("synchronous = FULL");
        database.pragma("wal_checkpoint(TRUNCATE)");
        database.close();
      },
      end: async () => rmSync(dataDir, { recursive: true, force: true }),
    };
  };
}

/** @throws Error where PostgreSQL is not installed */
export async function startServer(): Promise<Cluster> {
  const cluster = await startCluster();
  if (!cluster) throw new Error("PostgreSQL is not installed here (Debian: apt-get install postgresql)");
  return cluster;
}

export function onPostgres(
  cluster: Cluster,
  start: Start,
): () => Promise<GrowingDatabase & { readonly url: string }> {
  return async () => {
    const url = await createDatabase(cluster.url, "template1");
    const options = {
      env: { DATABASE_URL: url, SECRETS: `1:${randomBytes(32).toString("base64url")}` },
    };
    return {
      name: "PostgreSQL",
      url,
      start: () => start(options),
      async fill(sessions) {
        const client = new Client({ connectionString: url });
        await client.connect();
        const copy = async (table: string, count: number, own: Readonly<Record<string, string>>) => {
          const { rows } = await client.query<{ name: string }>(
            `SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1`,
            [table],
          );
          const names = rows.map(({ name }) => name);
          await client.query(`
            INSERT INTO "${table}" (${names.map((name) => `"${name}"`)})
            SELECT ${columnsOf(names, own, (name) => `"first"."${name}"`)}
            FROM (SELECT * FROM "${table}" ORDER BY "createdAt" LIMIT 1) AS "first", generate_series(1, ${count}) AS "n"`);
        };
        const days = (sign: string) =>
          `now() AT TIME ZONE 'UTC' ${sign} (1 + ("n"::bigint * 7919) % 2500000) * interval '1 second'`;
        const people = Math.ceil(sessions / SESSIONS_OF_A_PERSON);
        await copy("User", people, {
          id: `'person ' || "n"`,
          username: `'person' || "n"`,
          usernameKey: `'person' || "n"`,
          ownerSeat: "NULL",
        });
        await copy("Session", sessions, {
          id: `substr(md5("n"::text), 1, 22)`,
          userId: `'person ' || (1 + "n" / ${SESSIONS_OF_A_PERSON} % ${people})`,
          createdAt: days("-"),
          lastActiveAt: days("-"),
          idleExpiresAt: days("+"),
          expiryDueAt: days("+"),
        });
        await client.query("VACUUM ANALYZE");
        await client.query("CHECKPOINT");
        await client.end();
      },
      end: async () => undefined,
    };
  };
}
