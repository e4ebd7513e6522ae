import { randomUUID } from "node:crypto";
import type Database from "better-sqlite3";
import { type MigrationFile, migrationChecksum, readMigrations } from "../migration-files";
import { firstMissing, MigrationRefused, type MigrationRow, requireSome } from "../migration-records";

/** How long one process waits for another that is migrating the same file. */
const MIGRATION_LOCK_TIMEOUT_IN_MS = 120_000;

// Letter for letter what Prisma's schema engine creates on SQLite, so that `prisma migrate deploy` can take over at any time.
const MIGRATIONS_TABLE_SQL = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`;

export interface ApplyMigrationsOptions {
  readonly database: Database.Database;
  /** The folder that holds one folder a migration, each with its `migration.sql`. */
  readonly migrationsDir: string;
}

/**
 * Brings the database up to date, recorded as `prisma migrate deploy` records it; both may be used on one file.
 *
 * Each migration and its record are one transaction: after a crash a migration is wholly there or not at all. Two processes
 * at once are safe: the second waits and finds the work done. An up-to-date database is only read.
 *
 * @returns the names of the migrations that this call applied, in order
 * @throws {MigrationRefused} when an applied migration was edited since, one was left unfinished, the database knows a
 *   migration that this version does not (it is older than the data), or a script fails; earlier ones stay applied
 */
export function applyMigrations(options: ApplyMigrationsOptions): { applied: string[] } {
  const { database, migrationsDir } = options;
  const migrations = readMigrations(migrationsDir);
  requireSome(migrations, migrationsDir);
  if (nextMigration(database, migrations) === undefined) return { applied: [] };
  return withMigrationPragmas(database, () => {
    const applied: string[] = [];
    for (;;) {
      const name = applyNext(database, migrations);
      if (name === undefined) return { applied };
      applied.push(name);
    }
  });
}

function applyNext(database: Database.Database, migrations: readonly MigrationFile[]): string | undefined {
  database.exec("BEGIN IMMEDIATE");
  try {
    // Asked again under the write lock: another process may have been faster.
    const migration = nextMigration(database, migrations);
    if (migration !== undefined) applyAndRecord(database, migration);
    database.exec("COMMIT");
    return migration?.name;
  } catch (error) {
    if (database.inTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function applyAndRecord(database: Database.Database, migration: MigrationFile): void {
  const startedAtInMs = Date.now();
  database.exec(MIGRATIONS_TABLE_SQL);
  try {
    database.exec(migration.sql);
  } catch (cause) {
    throw new MigrationRefused(
      "migration_failed",
      `Migration ${migration.name} failed and was undone: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  if (!database.inTransaction) {
    throw new MigrationRefused(
      "migration_failed",
      `Migration ${migration.name} ends the transaction it runs in; take COMMIT and ROLLBACK out of it.`,
    );
  }
  refuseBrokenReferences(database, migration);
  database
    .prepare(
      `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count")
       VALUES (?, ?, ?, ?, ?, 1)`,
    )
    .run(randomUUID(), migrationChecksum(migration.sql), migration.name, startedAtInMs, Date.now());
}

function refuseBrokenReferences(database: Database.Database, migration: MigrationFile): void {
  const broken = database.pragma("foreign_key_check") as unknown[];
  if (broken.length === 0) return;
  throw new MigrationRefused(
    "migration_failed",
    `Migration ${migration.name} was undone: it leaves ${broken.length} rows that refer to nothing.`,
  );
}

/** Checks what the database says was applied, and names the first migration that was not. */
function nextMigration(
  database: Database.Database,
  migrations: readonly MigrationFile[],
): MigrationFile | undefined {
  return firstMissing(readAppliedRows(database), migrations);
}

function readAppliedRows(database: Database.Database): MigrationRow[] {
  const exists = database
    .prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_prisma_migrations'`)
    .get();
  if (exists === undefined) return [];
  return database
    .prepare<[], MigrationRow>(
      `SELECT migration_name, checksum, finished_at FROM "_prisma_migrations"
       WHERE rolled_back_at IS NULL ORDER BY started_at`,
    )
    .all();
}

function withMigrationPragmas<T>(database: Database.Database, work: () => T): T {
  const busyTimeoutInMs = database.pragma("busy_timeout", { simple: true });
  const foreignKeys = database.pragma("foreign_keys", { simple: true });
  database.pragma(`busy_timeout = ${MIGRATION_LOCK_TIMEOUT_IN_MS}`);
  // A migration that rebuilds a table drops the one that others refer to. SQLite ignores this switch inside a transaction,
  // so it is turned here, and the references are checked before each commit instead.
  database.pragma("foreign_keys = OFF");
  try {
    return work();
  } finally {
    database.pragma(`foreign_keys = ${String(foreignKeys)}`);
    database.pragma(`busy_timeout = ${String(busyTimeoutInMs)}`);
  }
}
