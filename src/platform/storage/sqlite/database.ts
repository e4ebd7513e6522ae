import Sqlite from "better-sqlite3";
import { Prisma, PrismaClient } from "../../prisma/generated/sqlite/client";
import type { Database, StorageFacts } from "../database";
import { SqlPart, type SqlValue } from "../driver";
import { withStorageFaults } from "../faults";
import { modelsOf } from "../models";
import { findUsers } from "./find-users";
import { BUSY_TIMEOUT_IN_MS } from "./open-sqlite";
import { Statements } from "./statements";

/** SQLite as the driver of the stores. */
export interface SqliteDatabase extends Database {
  /** Reads or sets what SQLite keeps for this connection. @param text what follows the word PRAGMA */
  pragma(text: string): unknown;
}

/**
 * So long the write-ahead log may grow, in pages of 4 KiB, before it is brought into the file. That waits for the disk
 * twice, on the event loop's thread, and a page that changed often meanwhile is copied once.
 */
const CHECKPOINT_AT_PAGES = 4000;

export interface OpenDatabaseOptions {
  /** For a process that answers nobody: what it has done is on disk when the call returns. */
  readonly syncsEachCommit?: boolean | undefined;
  /** How long a statement waits for another process's write, on the event loop's thread. */
  readonly busyTimeoutInMs?: number | undefined;
  /** For a process that ends at once: what compiles Prisma's statements is loaded by the first of them, or never. */
  readonly compilesLate?: boolean | undefined;
  /** Written along: see ledger.ts. */
  readonly ledgerFile?: string | undefined;
}

/**
 * Opens the database. Every fault of storage (locked, full, read-only, gone) comes out as `temporarily_unavailable`, and
 * the next call tries again.
 */
export async function openDatabase(file: string, options: OpenDatabaseOptions = {}): Promise<SqliteDatabase> {
  const synchronous = options.syncsEachCommit ? "FULL" : "NORMAL";
  const statements = new Statements({ file: options.ledgerFile, synchronous });
  const adapter = await statements.connect({
    url: `file:${file}`,
    timeout: options.busyTimeoutInMs ?? BUSY_TIMEOUT_IN_MS,
  });
  const client = new PrismaClient({ adapter, errorFormat: "minimal" });
  if (!options.compilesLate) await client.$connect();
  // A commit does not wait for the disk, an answer does: see disk-barrier.ts.
  statements.pragma(`main.synchronous=${synchronous}`);
  // A deleted row's bytes are overwritten: keys that were retired are to be gone from the file as well.
  statements.pragma("main.secure_delete=FAST");
  statements.pragma(`wal_autocheckpoint=${CHECKPOINT_AT_PAGES}`);
  const database: SqliteDatabase = {
    ...modelsOf(client, withFaults),
    rows: <Row extends object>(text: TemplateStringsArray, ...values: (SqlValue | SqlPart)[]) =>
      withFaults(() => statements.rows<Row>(text, values)),
    lookUp: <Row extends object>(text: TemplateStringsArray, key: string) =>
      withFaults(() => statements.rows<Row>(text, [key])),
    changes: (text, ...values) => withFaults(() => statements.changes(text, values)),
    insert: (table, row) => withFaults(() => statements.insert(table, row)),
    insertTogether: (rows) => withFaults(() => statements.insertTogether(rows)),
    secondsAfter: (time, column) =>
      new SqlPart([`strftime('%Y-%m-%dT%H:%M:%f+00:00', `, `, "${column}" || ' seconds')`], time),
    // It collects the writes of one turn by itself: see commit-group.ts.
    byKey: () => database,
    // SQLite has one writer: all of its statements are in turn.
    inTurn: () => database,
    followedBy: (table, rows) => ({
      changes: (text, ...values) => withFaults(() => statements.changesFollowedBy(text, values, table, rows)),
    }),
    findUsers: (wanted) => findUsers(database, wanted),
    isUniqueViolation,
    onDisk() {
      const wait = statements.onDisk();
      return wait && withFaults(() => wait);
    },
    requireAnswer: () => withFaults(() => void statements.pragma("user_version")),
    async facts() {
      const [row] = await database.rows<Omit<StorageFacts, "kind" | "instances">>`
        SELECT sqlite_version() AS "version",
          (SELECT "page_count" FROM pragma_page_count()) * (SELECT "page_size" FROM pragma_page_size()) AS "sizeInBytes",
          count(*) AS "migrations", max("migration_name") AS "latestMigration"
        FROM "_prisma_migrations" WHERE "finished_at" IS NOT NULL`;
      if (!row) throw new Error("the database says nothing of itself");
      return { ...row, kind: "sqlite", instances: 1 };
    },
    pragma: (text) => statements.pragma(text),
    async close() {
      statements.close();
      await client.$disconnect();
      statements.disconnect();
    },
  };
  return database;
}

function withFaults<T>(run: () => T): Promise<Awaited<T>> {
  return withStorageFaults(isUniqueViolation, run);
}

function isUniqueViolation(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientKnownRequestError) return error.code === "P2002";
  return (
    error instanceof Sqlite.SqliteError &&
    (error.code === "SQLITE_CONSTRAINT_UNIQUE" || error.code === "SQLITE_CONSTRAINT_PRIMARYKEY")
  );
}
