import type { Client, QueryResult } from "pg";
import type { SecretRing } from "../../../modules/ports";
import { OperatorError } from "../../operator-error";
import { isPooled, openPool, readingTypes, requireFitServer, startOptions } from "../postgres/connect";
import { applyPostgresMigrations } from "../postgres/migrate";
import { fingerprintsOf } from "../postgres/same-secrets";
import { INSTANCE_LOCK } from "../postgres/shared-connection";
import {
  type ColumnKind,
  type CopiedRow,
  type CopiedTable,
  type CopiedValue,
  type CopyTarget,
  quoted,
  ROWS_IN_A_SLICE,
} from "./ends";
import { isCopied, kindOf } from "./sqlite-end";
import { COPY_MARK } from "./unfinished";

const CONNECT_TIMEOUT_IN_MS = 10_000;

const kinds: Readonly<Record<string, ColumnKind>> = {
  text: "text",
  integer: "integer",
  boolean: "boolean",
  "timestamp without time zone": "time",
};
const typeOf: Readonly<Record<ColumnKind, string>> = {
  text: "text",
  integer: "integer",
  boolean: "boolean",
  time: "timestamp(3)",
};

export interface PostgresEndOptions {
  readonly migrationsDir: string;
  /** Of the installation: no service starts with others on the copy. */
  readonly secrets: SecretRing;
}

/**
 * Connects to a database alone: no instance of the service runs on it, and none starts.
 *
 * @throws OperatorError while one runs
 */
export async function openPostgresEnd(url: string, options: PostgresEndOptions): Promise<CopyTarget> {
  if (isPooled(url))
    throw new OperatorError("Give the address of the PostgreSQL server itself, and not of PgBouncer.");
  await requireFit(url);
  const { Client } = (await import("pg")).default;
  // Without a time limit for a statement: some of these read whole tables.
  const client = new Client({
    connectionString: url,
    application_name: "countersign, database copy",
    types: await readingTypes(),
    ...startOptions(url),
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_IN_MS,
  });
  // One that breaks fails its statement too.
  client.on("error", () => undefined);
  await client.connect();
  const name = `PostgreSQL at ${client.host}:${client.port}, database ${client.database}`;
  try {
    await requireAlone(client, name);
  } catch (error) {
    await client.end();
    throw error;
  }
  return new PostgresEnd(client, name, url, options);
}

async function requireFit(url: string): Promise<void> {
  const pool = await openPool(url, () => undefined);
  try {
    await requireFitServer(pool);
  } finally {
    await pool.end();
  }
}

/** By the lock that instances share, and by the lease of those that a pooler keeps from holding it. */
async function requireAlone(client: Client, name: string): Promise<void> {
  const stop = new OperatorError(
    `Stop the service first: an instance runs on ${name}, or ran there less than two minutes ago and was killed.`,
  );
  const { rows } = await client.query(`SELECT pg_try_advisory_lock(${INSTANCE_LOCK}) AS "alone"`);
  if (rows[0]?.alone !== true) throw stop;
  if (!(await exists(client, "Lease"))) return;
  const held = await client.query(`SELECT 1 FROM "Lease" WHERE "until" > clock_timestamp()`);
  if (held.rows.length > 0) throw stop;
}

async function exists(client: Client, table: string): Promise<boolean> {
  const { rows } = await client.query(
    "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1",
    [table],
  );
  return rows.length > 0;
}

class PostgresEnd implements CopyTarget {
  readonly name: string;
  readonly #client: Client;
  readonly #url: string;
  readonly #options: PostgresEndOptions;
  #isReading = false;

  constructor(client: Client, name: string, url: string, options: PostgresEndOptions) {
    this.#client = client;
    this.name = name;
    this.#url = url;
    this.#options = options;
  }

  async describe(tables: readonly string[]): Promise<CopiedTable[]> {
    const columns = await this.#client.query<{ table: string; name: string; type: string }>(
      `SELECT table_name AS "table", column_name AS "name", data_type AS "type" FROM information_schema.columns
       WHERE table_schema = current_schema() AND table_name = ANY ($1)`,
      [tables],
    );
    const keys = await this.#client.query<{ table: string; name: string }>(
      `SELECT "t".relname AS "table", "a".attname AS "name"
       FROM pg_index "i" JOIN pg_class "t" ON "t".oid = "i".indrelid
       CROSS JOIN LATERAL unnest("i".indkey::int2[]) WITH ORDINALITY AS "k" ("number", "place")
       JOIN pg_attribute "a" ON "a".attrelid = "t".oid AND "a".attnum = "k"."number"
       WHERE "i".indisprimary AND "t".relnamespace = current_schema()::regnamespace AND "t".relname = ANY ($1)
       ORDER BY "k"."place"`,
      [tables],
    );
    return tables.map((table) => ({
      name: table,
      columns: columns.rows
        .filter((column) => column.table === table && isCopied(table, column.name))
        .map(({ name, type }) => ({ name, kind: kindOf(table, name, kinds[type]) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      key: keys.rows.filter((column) => column.table === table).map(({ name }) => name),
    }));
  }

  async count(table: string): Promise<number> {
    await this.#closeToWriting();
    const { rows } = await this.#client.query<{ count: number }>(
      `SELECT count(*) AS "count" FROM "${table}"`,
    );
    return rows[0]?.count ?? 0;
  }

  /** Of a database that is only read: what reads and writes beside the service, such as `psql`, waits until the end. */
  async #closeToWriting(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const { rows } = await this.#client.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename",
    );
    await this.#client.query("BEGIN ISOLATION LEVEL READ COMMITTED");
    await this.#client.query(`LOCK TABLE ${quoted(rows.map(({ name }) => name))} IN EXCLUSIVE MODE`);
  }

  async *read({ name, columns, key }: CopiedTable): AsyncGenerator<CopiedRow[]> {
    const names = quoted(columns.map((column) => column.name));
    await this.#client.query(
      `DECLARE "copied" NO SCROLL CURSOR FOR SELECT ${names} FROM "${name}" ORDER BY ${quoted(key)}`,
    );
    for (;;) {
      const { rows }: QueryResult<(CopiedValue | Date)[]> = await this.#client.query({
        text: `FETCH ${ROWS_IN_A_SLICE} FROM "copied"`,
        rowMode: "array",
      });
      if (rows.length > 0)
        yield rows.map((row) => row.map((value) => (value instanceof Date ? value.toISOString() : value)));
      if (rows.length < ROWS_IN_A_SLICE) break;
    }
    await this.#client.query(`CLOSE "copied"`);
  }

  async unfinishedCopyOf(): Promise<string | undefined> {
    if (!(await exists(this.#client, COPY_MARK))) return undefined;
    const { rows } = await this.#client.query<{ source: string }>(`SELECT "source" FROM "${COPY_MARK}"`);
    return rows[0]?.source;
  }

  async firstUsed(tables: readonly string[]): Promise<string | undefined> {
    for (const table of tables) {
      if (!(await exists(this.#client, table))) continue;
      const { rows } = await this.#client.query(`SELECT 1 FROM "${table}" LIMIT 1`);
      if (rows.length > 0) return table;
    }
    return undefined;
  }

  async prepare(from: string): Promise<void> {
    await this.#client.query("BEGIN");
    await this.#client.query(
      `CREATE TABLE IF NOT EXISTS "${COPY_MARK}" ("source" TEXT COLLATE "C" NOT NULL PRIMARY KEY)`,
    );
    await this.#client.query(`INSERT INTO "${COPY_MARK}" VALUES ($1) ON CONFLICT DO NOTHING`, [from]);
    await this.#client.query("COMMIT");
    await applyPostgresMigrations({ url: this.#url, migrationsDir: this.#options.migrationsDir });
  }

  async begin(): Promise<void> {
    await this.#client.query("BEGIN");
    this.#isReading = true;
  }

  async write({ name, columns }: CopiedTable, rows: readonly CopiedRow[]): Promise<void> {
    const names = columns.map((column) => column.name);
    const arrays = columns.map(({ kind }, index) => `$${index + 1}::${typeOf[kind]}[]`);
    await this.#client.query(
      `INSERT INTO "${name}" (${quoted(names)}) SELECT * FROM unnest(${arrays})`,
      columns.map((_, index) => rows.map((row) => row[index])),
    );
  }

  async commit(): Promise<void> {
    // What was counted and remembered on it before was of nobody. The memory of used proofs begins with the first start.
    await this.#client.query(
      `DELETE FROM "Memory"; DELETE FROM "Replay"; DELETE FROM "Counter"; DELETE FROM "SecretFingerprint"`,
    );
    const { ids, fingerprints } = fingerprintsOf(this.#options.secrets);
    await this.#client.query(
      `INSERT INTO "SecretFingerprint" ("id", "fingerprint") SELECT * FROM unnest($1::text[], $2::text[])`,
      [ids, fingerprints],
    );
    await this.#client.query(`DROP TABLE "${COPY_MARK}"`);
    await this.#client.query("COMMIT");
    // Or the first statements on large tables would go by what the server knew of empty ones.
    await this.#client.query("ANALYZE");
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}
