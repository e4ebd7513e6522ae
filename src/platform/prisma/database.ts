import { DomainError } from "../../modules/domain-error";
import { BUSY_TIMEOUT_IN_MS } from "../database/open-sqlite";
import { Prisma, PrismaClient } from "./generated/client";
import { type InsertedRow, type InsertedTable, type SqlValue, Statements } from "./statements";

/** The Prisma client as the stores see it. */
export type Database = ReturnType<typeof connect>;

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
  /** Written along: see platform/database/ledger.ts. */
  readonly ledgerFile?: string | undefined;
}

/**
 * Opens the database. Every fault of storage (locked, full, read-only, gone) comes out as `temporarily_unavailable`, and
 * the next call tries anew.
 */
export async function openDatabase(file: string, options: OpenDatabaseOptions = {}): Promise<Database> {
  const synchronous = options.syncsEachCommit ? "FULL" : "NORMAL";
  const database = connect(file, { file: options.ledgerFile, synchronous }, options.busyTimeoutInMs);
  // A commit does not wait for the disk, an answer does: see disk-barrier.ts.
  await database.$queryRawUnsafe(`PRAGMA main.synchronous=${synchronous}`);
  // A deleted row's bytes are overwritten: keys that were retired are to be gone from the file as well.
  await database.$queryRawUnsafe("PRAGMA main.secure_delete=FAST");
  await database.$queryRawUnsafe(`PRAGMA wal_autocheckpoint=${CHECKPOINT_AT_PAGES}`);
  return database;
}

function connect(
  file: string,
  ledger: ConstructorParameters<typeof Statements>[0],
  timeout = BUSY_TIMEOUT_IN_MS,
) {
  const statements = new Statements(ledger);
  const adapter = statements.adapterFor({ url: `file:${file}`, timeout });
  const client = new PrismaClient({ adapter, errorFormat: "minimal" });
  return client.$extends({
    client: {
      /** One statement straight to the driver. @returns its rows, times as dates. See statements.ts for when to use it. */
      async rows<Row extends object>(text: TemplateStringsArray, ...values: SqlValue[]): Promise<Row[]> {
        return withStorageFaults(() => statements.rows<Row>(text, values));
      },
      /** Likewise. @returns how many rows it changed */
      async changes(text: TemplateStringsArray, ...values: SqlValue[]): Promise<number> {
        return withStorageFaults(() => statements.changes(text, values));
      },
      /** Likewise, a whole new row. @returns whether it was inserted; false when one of its unique columns is taken */
      async insert<Table extends InsertedTable>(table: Table, row: InsertedRow<Table>): Promise<boolean> {
        return withStorageFaults(() => statements.insert(table, row));
      },
      /**
       * Nothing may be answered that is not on disk. @returns undefined when all that was committed is; else what resolves
       * as soon as it is
       */
      onDisk(): Promise<void> | undefined {
        const wait = statements.onDisk();
        return wait && withStorageFaults(() => wait);
      },
      async close(): Promise<void> {
        statements.close();
        await client.$disconnect();
      },
    },
    query: {
      async $allOperations({ args, query }) {
        return withStorageFaults(() => query(args));
      },
    },
  });
}

async function withStorageFaults<T>(run: () => T): Promise<Awaited<T>> {
  try {
    return await run();
  } catch (cause) {
    if (isUniqueViolation(cause)) throw cause;
    throw new DomainError("temporarily_unavailable", { retryAfterInSeconds: 2 }, { cause });
  }
}

/** For rows whose keys are random: that one is taken is a fault. */
export function requireInserted(wasInserted: boolean): void {
  if (!wasInserted) throw new Error("a random identifier was drawn twice");
}

export function isUniqueViolation(error: unknown): error is Prisma.PrismaClientKnownRequestError {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === "P2002";
}

/** @returns the text in which the violated index or fields are named, whichever way the adapter names them */
export function violatedFields(error: Prisma.PrismaClientKnownRequestError): string {
  return JSON.stringify(error.meta ?? {});
}
