import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { type MigrationFile, migrationChecksum, readMigrations } from "../migration-files";
import { firstMissing, MigrationRefused, type MigrationRow, requireSome } from "../migration-records";
import { startOptions } from "./connect";

/** The one that Prisma's own engine takes, so that `prisma migrate deploy` and we exclude each other. */
const ADVISORY_LOCK = 72_707_369;

/**
 * How long a migration waits for a table. Whoever asks for the table meanwhile waits behind it, so it is short, and tried
 * again.
 */
const LOCK_TIMEOUT_IN_MS = 3000;
const IDLE_TIMEOUT_IN_MS = 10_000;
const MAX_LOCK_ATTEMPTS = 20;
const LOCK_NOT_AVAILABLE = "55P03";
const PAUSE_IN_MS = 500;

const CONNECT_TIMEOUT_IN_MS = 10_000;

// Letter for letter what Prisma's schema engine creates on PostgreSQL.
const MIGRATIONS_TABLE_SQL = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum"              VARCHAR(64) NOT NULL,
    "finished_at"           TIMESTAMPTZ,
    "migration_name"        VARCHAR(255) NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        TIMESTAMPTZ,
    "started_at"            TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count"   INTEGER NOT NULL DEFAULT 0
)`;

export interface PostgresMigrationsOptions {
  readonly url: string;
  /** The folder that holds one folder a migration, each with its `migration.sql`. */
  readonly migrationsDir: string;
}

/**
 * Brings the database up to date, recorded as `prisma migrate deploy` records it; both may be used on one database.
 *
 * Each migration and its record are one transaction. Of several instances that start at once one applies it; the others
 * wait and find the work done. A database that is up to date is only read.
 *
 * @returns the names of the migrations that this call applied, in order
 * @throws {MigrationRefused} as on SQLite: see sqlite/migrate.ts
 */
export async function applyPostgresMigrations({
  url,
  migrationsDir,
}: PostgresMigrationsOptions): Promise<{ applied: string[] }> {
  const migrations = readMigrations(migrationsDir);
  requireSome(migrations, migrationsDir);
  const { Client } = (await import("pg")).default;
  // A connection of its own, without a time limit for a statement: a migration may take as long as it has to.
  const client = new Client({
    connectionString: url,
    application_name: "countersign migrations",
    ...startOptions(url),
    connectionTimeoutMillis: CONNECT_TIMEOUT_IN_MS,
  });
  // One that breaks fails its statement too.
  client.on("error", () => undefined);
  await client.connect();
  try {
    const applied: string[] = [];
    while (firstMissing(await readAppliedRows(client), migrations)) {
      const name = await applyNextPatiently(client, migrations);
      if (name !== undefined) applied.push(name);
    }
    return { applied };
  } finally {
    await client.end();
  }
}

async function applyNextPatiently(
  client: Client,
  migrations: readonly MigrationFile[],
): Promise<string | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await applyNext(client, migrations);
    } catch (error) {
      if (attempt === MAX_LOCK_ATTEMPTS || !isLockTimeout(error)) throw error;
      await sleep(PAUSE_IN_MS);
    }
  }
}

async function applyNext(client: Client, migrations: readonly MigrationFile[]): Promise<string | undefined> {
  // A process that stops answering in the midst keeps its locks no longer than this.
  await client.query(`BEGIN; SET LOCAL idle_in_transaction_session_timeout = ${IDLE_TIMEOUT_IN_MS}`);
  try {
    // As long as another instance takes for a migration.
    await client.query(`SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`);
    // Asked again under the lock: another instance may have been faster.
    const migration = firstMissing(await readAppliedRows(client), migrations);
    if (migration !== undefined) await applyAndRecord(client, migration);
    await client.query("COMMIT");
    return migration?.name;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

async function applyAndRecord(client: Client, migration: MigrationFile): Promise<void> {
  await client.query(MIGRATIONS_TABLE_SQL);
  await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_IN_MS}`);
  const startedAt = new Date().toISOString();
  const transaction = await currentTransaction(client);
  try {
    await client.query(migration.sql);
  } catch (cause) {
    if (isLockTimeout(cause)) throw cause;
    throw new MigrationRefused(
      "migration_failed",
      `Migration ${migration.name} failed and was undone: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  if ((await currentTransaction(client)) !== transaction) {
    throw new MigrationRefused(
      "migration_failed",
      `Migration ${migration.name} ends the transaction it runs in; take COMMIT and ROLLBACK out of it.`,
    );
  }
  await client.query(
    `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count")
     VALUES ($1, $2, $3, $4, $5, 1)`,
    [randomUUID(), migrationChecksum(migration.sql), migration.name, startedAt, new Date().toISOString()],
  );
}

async function currentTransaction(client: Client): Promise<unknown> {
  const { rows } = await client.query<{ id: string }>(`SELECT pg_current_xact_id()::text AS "id"`);
  return rows[0]?.id;
}

async function readAppliedRows(client: Client): Promise<MigrationRow[]> {
  // Read from the table of tables: to_regclass remembers, within a transaction, that there was none before it waited.
  const table = await client.query<{ exists: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM pg_tables
       WHERE schemaname = current_schema() AND tablename = '_prisma_migrations') AS "exists"`,
  );
  if (!table.rows[0]?.exists) return [];
  const { rows } = await client.query<MigrationRow>(
    `SELECT migration_name, checksum, finished_at FROM "_prisma_migrations"
     WHERE rolled_back_at IS NULL ORDER BY started_at`,
  );
  return rows;
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === LOCK_NOT_AVAILABLE;
}
