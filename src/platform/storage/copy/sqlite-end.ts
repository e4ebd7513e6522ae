import { chmodSync, closeSync, openSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { OperatorError } from "../../operator-error";
import { applyMigrations } from "../sqlite/migrate";
import { BUSY_TIMEOUT_IN_MS } from "../sqlite/open-sqlite";
import {
  type ColumnKind,
  type CopiedRow,
  type CopiedTable,
  type CopiedValue,
  type CopyTarget,
  quoted,
  ROWS_IN_A_SLICE,
} from "./ends";
import { COPY_MARK } from "./unfinished";

const kinds: Readonly<Record<string, ColumnKind>> = {
  TEXT: "text",
  INTEGER: "integer",
  BOOLEAN: "boolean",
  DATETIME: "time",
};

/** What is different in each place: see storage-history.ts. */
const ofThePlace = (table: string, column: string) => table === "Session" && column === "generation";

/**
 * Opens a file alone: no other process reads or writes it meanwhile.
 *
 * @throws OperatorError while another process has it open
 */
export function openSqliteEnd(file: string, migrationsDir: string): CopyTarget {
  closeSync(openSync(file, "a", 0o600));
  chmodSync(file, 0o600);
  const database = new Sqlite(file, { timeout: BUSY_TIMEOUT_IN_MS });
  try {
    // Fails while others have it open. Without the write-ahead log the lock is one on the file itself, and kept.
    database.pragma("journal_mode = DELETE");
    database.pragma("locking_mode = EXCLUSIVE");
    database.exec("BEGIN EXCLUSIVE; COMMIT");
    database.pragma("synchronous = FULL");
    database.pragma("foreign_keys = ON");
  } catch (cause) {
    database.close();
    throw new OperatorError(`Stop the service first: another process uses ${file}.`, { cause });
  }
  const exists = (table: string) =>
    database.prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`).get(table) !==
    undefined;
  return {
    name: `SQLite at ${file}`,
    describe: async (tables) => tables.map((table) => describe(database, table)),
    count: async (table) => {
      const { count } = database.prepare(`SELECT count(*) AS "count" FROM "${table}"`).get() as {
        count: number;
      };
      return count;
    },
    read: (table) => read(database, table),
    async unfinishedCopyOf() {
      if (!exists(COPY_MARK)) return undefined;
      const row = database.prepare(`SELECT "source" FROM "${COPY_MARK}"`).get() as
        | { source: string }
        | undefined;
      return row?.source;
    },
    firstUsed: async (tables) =>
      tables.find(
        (table) => exists(table) && database.prepare(`SELECT 1 FROM "${table}" LIMIT 1`).get() !== undefined,
      ),
    async prepare(from) {
      database.exec("BEGIN IMMEDIATE");
      database.exec(`CREATE TABLE IF NOT EXISTS "${COPY_MARK}" ("source" TEXT NOT NULL PRIMARY KEY)`);
      database.prepare(`INSERT OR IGNORE INTO "${COPY_MARK}" VALUES (?)`).run(from);
      database.exec("COMMIT");
      applyMigrations({ database, migrationsDir });
    },
    async begin() {
      database.exec("BEGIN IMMEDIATE");
    },
    write: async (table, rows) => write(database, table, rows),
    async commit() {
      database.exec(`DROP TABLE "${COPY_MARK}"; COMMIT`);
    },
    async close() {
      if (database.inTransaction) database.exec("ROLLBACK");
      database.pragma("locking_mode = NORMAL");
      database.pragma("journal_mode = WAL");
      database.close();
    },
  };
}

function describe(database: Sqlite.Database, table: string): CopiedTable {
  const columns = database.pragma(`table_info("${table}")`) as { name: string; type: string; pk: number }[];
  const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
  return {
    name: table,
    columns: columns
      .filter(({ name }) => !ofThePlace(table, name))
      .map(({ name, type }) => ({ name, kind: kindOf(table, name, kinds[type]) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    key: key.map(({ name }) => name),
  };
}

/** @throws OperatorError for a column that nobody here knows how to copy */
export function kindOf(table: string, column: string, kind: ColumnKind | undefined): ColumnKind {
  if (!kind) throw new OperatorError(`The column ${column} of ${table} is of a kind that cannot be copied.`);
  return kind;
}

export const isCopied = (table: string, column: string) => !ofThePlace(table, column);

async function* read(
  database: Sqlite.Database,
  { name, columns, key }: CopiedTable,
): AsyncGenerator<CopiedRow[]> {
  const names = quoted(columns.map((column) => column.name));
  const statement = database.prepare(`SELECT ${names} FROM "${name}" ORDER BY ${quoted(key)}`).raw();
  let slice: CopiedRow[] = [];
  for (const row of statement.iterate() as IterableIterator<CopiedValue[]>) {
    slice.push(row.map((value, index) => fromStored(value, columns[index]?.kind)));
    if (slice.length < ROWS_IN_A_SLICE) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}

function fromStored(value: CopiedValue, kind: ColumnKind | undefined): CopiedValue {
  if (value === null) return null;
  if (kind === "boolean") return value !== 0;
  return kind === "time" ? new Date(value as string | number).toISOString() : value;
}

function write(database: Sqlite.Database, { name, columns }: CopiedTable, rows: readonly CopiedRow[]): void {
  const names = quoted(columns.map((column) => column.name));
  const statement = database.prepare(`INSERT INTO "${name}" (${names}) VALUES (${columns.map(() => "?")})`);
  for (const row of rows) statement.run(row.map((value, index) => toStored(value, columns[index]?.kind)));
}

/** As Prisma stores it. */
function toStored(value: CopiedValue, kind: ColumnKind | undefined): string | number | null {
  if (typeof value === "boolean") return value ? 1 : 0;
  return kind === "time" && typeof value === "string" ? value.replace("Z", "+00:00") : value;
}
