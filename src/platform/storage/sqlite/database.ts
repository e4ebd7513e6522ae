import Sqlite from "better-sqlite3";
import { DomainError } from "../../../modules/domain-error";
import { Prisma, PrismaClient } from "../../prisma/generated/client";
import { type Driver, type Models, modelNames, SqlPart, type SqlValue } from "../driver";
import { answerToNul, NulError } from "../nul";
import { BUSY_TIMEOUT_IN_MS } from "./open-sqlite";
import { Statements } from "./statements";

/** SQLite as the driver of the stores, and what its process has to know of it besides. */
export interface Database extends Driver {
  /**
   * Nothing may be answered that is not on disk. @returns undefined when all that was committed is; else what resolves
   * as soon as it is
   */
  onDisk(): Promise<void> | undefined;
  /** Reads or sets what SQLite keeps for this connection. @param text what follows the word PRAGMA */
  pragma(text: string): unknown;
  close(): Promise<void>;
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
  /** Written along: see ledger.ts. */
  readonly ledgerFile?: string | undefined;
}

/**
 * Opens the database. Every fault of storage (locked, full, read-only, gone) comes out as `temporarily_unavailable`, and
 * the next call tries again.
 */
export async function openDatabase(file: string, options: OpenDatabaseOptions = {}): Promise<Database> {
  const synchronous = options.syncsEachCommit ? "FULL" : "NORMAL";
  const statements = new Statements({ file: options.ledgerFile, synchronous });
  const adapter = statements.adapterFor({
    url: `file:${file}`,
    timeout: options.busyTimeoutInMs ?? BUSY_TIMEOUT_IN_MS,
  });
  const client = new PrismaClient({ adapter, errorFormat: "minimal" });
  await client.$connect();
  // A commit does not wait for the disk, an answer does: see disk-barrier.ts.
  statements.pragma(`main.synchronous=${synchronous}`);
  // A deleted row's bytes are overwritten: keys that were retired are to be gone from the file as well.
  statements.pragma("main.secure_delete=FAST");
  statements.pragma(`wal_autocheckpoint=${CHECKPOINT_AT_PAGES}`);
  return {
    ...modelsOf(client),
    rows: <Row extends object>(text: TemplateStringsArray, ...values: (SqlValue | SqlPart)[]) =>
      withStorageFaults(() => statements.rows<Row>(text, values)),
    changes: (text, ...values) => withStorageFaults(() => statements.changes(text, values)),
    insert: (table, row) => withStorageFaults(() => statements.insert(table, row)),
    secondsAfter: (time, column) =>
      new SqlPart([`strftime('%Y-%m-%dT%H:%M:%f+00:00', `, `, "${column}" || ' seconds')`], time),
    isUniqueViolation,
    onDisk() {
      const wait = statements.onDisk();
      return wait && withStorageFaults(() => wait);
    },
    pragma: (text) => statements.pragma(text),
    async close() {
      statements.close();
      await client.$disconnect();
    },
  };
}

function modelsOf(client: PrismaClient): Models {
  const extended = client.$extends({
    query: {
      $allModels: {
        async $allOperations({ operation, args, query }) {
          const answer = answerToNul(operation, args);
          return answer ? answer.found : withStorageFaults(() => query(args));
        },
      },
    },
  });
  // What the extension adds is in no type, yet makes all of them others.
  return Object.fromEntries(modelNames.map((name) => [name, extended[name]])) as unknown as Models;
}

async function withStorageFaults<T>(run: () => T): Promise<Awaited<T>> {
  try {
    return await run();
  } catch (cause) {
    if (isUniqueViolation(cause) || cause instanceof NulError) throw cause;
    throw new DomainError("temporarily_unavailable", { retryAfterInSeconds: 2 }, { cause });
  }
}

function isUniqueViolation(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientKnownRequestError) return error.code === "P2002";
  return (
    error instanceof Sqlite.SqliteError &&
    (error.code === "SQLITE_CONSTRAINT_UNIQUE" || error.code === "SQLITE_CONSTRAINT_PRIMARYKEY")
  );
}
