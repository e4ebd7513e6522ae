import { OperatorError } from "../operator-error";
import { type MigrationFile, matchesChecksum } from "./migration-files";

export type MigrationRefusalReason =
  | "migration_changed"
  | "migration_failed_before"
  | "migration_unknown"
  | "migration_failed"
  | "migrations_missing";

/** The database and the migrations do not fit together; nothing was changed. The message is for the operator. */
export class MigrationRefused extends OperatorError {
  override readonly name = "MigrationRefused";
  readonly reason: MigrationRefusalReason;

  constructor(reason: MigrationRefusalReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** What the database says of a migration that was begun. */
export interface MigrationRow {
  readonly migration_name: string;
  readonly checksum: string;
  /** Null while it is not finished. */
  readonly finished_at: unknown;
}

/** @throws {MigrationRefused} where the program is without the migrations that belong to it */
export function requireSome(migrations: readonly MigrationFile[], migrationsDir: string): void {
  if (migrations.length > 0) return;
  throw new MigrationRefused("migrations_missing", `There are no migrations in ${migrationsDir}.`);
}

/**
 * Checks what the database says was applied.
 *
 * @returns the first migration that was not
 * @throws {MigrationRefused} when they do not fit together
 */
export function firstMissing(
  rows: readonly MigrationRow[],
  migrations: readonly MigrationFile[],
): MigrationFile | undefined {
  for (const row of rows) refuseMisfit(row, migrations);
  const applied = new Set(rows.map((row) => row.migration_name));
  return migrations.find((migration) => !applied.has(migration.name));
}

function refuseMisfit(row: MigrationRow, migrations: readonly MigrationFile[]): void {
  const { migration_name: name } = row;
  const file = migrations.find((migration) => migration.name === name);
  if (row.finished_at === null) {
    throw new MigrationRefused(
      "migration_failed_before",
      `Migration ${name} was started by another tool and never finished. Mend the database, then mark it with \`prisma migrate resolve\`.`,
    );
  }
  if (file === undefined) {
    throw new MigrationRefused(
      "migration_unknown",
      `The database has migration ${name}, which this version does not know. It was probably used by a newer version: start that one.`,
    );
  }
  if (!matchesChecksum(file.sql, row.checksum)) {
    throw new MigrationRefused(
      "migration_changed",
      `Migration ${name} was changed after it was applied to this database. Restore the file as it was.`,
    );
  }
}
