import { chmodSync, closeSync, openSync } from "node:fs";
import Database from "better-sqlite3";
import { OperatorError } from "../../operator-error";

/** How long opening waits for another process that opens the same new file. */
const OPEN_TIMEOUT_IN_MS = 10_000;

/**
 * A statement waits this long for another process's write before it fails with `SQLITE_BUSY`. It waits on the event loop's
 * thread, so it is short; the caller gets the answer to try again.
 */
export const BUSY_TIMEOUT_IN_MS = 250;

/**
 * Opens the database file, made when missing, so that only its owner can read it (mode 0600; SQLite gives the
 * write-ahead files beside it the same mode).
 *
 * Write-ahead log, `synchronous=FULL`: what is committed is on disk, and neither a killed process nor a power cut undoes it.
 * Foreign keys are enforced.
 *
 * @throws OperatorError while another process is alone with it
 * @throws when the folder is missing, the file is not a database, or it cannot be written
 */
export function openSqlite(path: string): Database.Database {
  // Made here and not by SQLite: between SQLite's create and a chmod anyone could have opened it.
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
  const database = new Database(path, { timeout: BUSY_TIMEOUT_IN_MS });
  try {
    switchToWriteAheadLog(database, path);
    database.pragma("synchronous = FULL");
    database.pragma("foreign_keys = ON");
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

function switchToWriteAheadLog(database: Database.Database, path: string): void {
  const deadline = Date.now() + OPEN_TIMEOUT_IN_MS;
  for (;;) {
    try {
      database.pragma("journal_mode = WAL");
      return;
    } catch (error) {
      // SQLite does not apply the busy timeout to this one switch: two first starts at once would fail without the loop.
      if (!isBusy(error)) throw error;
      if (Date.now() > deadline) throw new OperatorError(isAlone(path), { cause: error });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

/** Only who wants to be alone with it keeps others from it for so long. */
const isAlone = (path: string) =>
  `${path} is being copied, or another process is alone with it. Start again when that has ended.`;

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY");
}
