import Sqlite from "better-sqlite3";
import { FileFault } from "../../modules/imports";
import { OperatorError } from "../../platform/operator-error";

/** Tables of better-auth and Auth.js by what their readers call them; adapters write some in the plural. */
const wanted: Readonly<Record<string, readonly string[]>> = {
  user: ["user", "users"],
  account: ["account", "accounts"],
  twoFactor: ["twofactor", "two_factor", "twofactors", "two_factors"],
  passkey: ["passkey", "passkeys"],
  authenticator: ["authenticator", "authenticators"],
};

export function isSqlite(bytes: Buffer): boolean {
  return bytes.toString("latin1").startsWith("SQLite format 3\0");
}

/** Reads the tables of a SQLite database, and changes nothing in it. @throws OperatorError, FileFault */
export function readTables(file: string): Record<string, unknown[]> {
  const database = open(file);
  try {
    const tables = database
      .prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
      .all()
      .map(({ name }) => name);
    const found: Record<string, unknown[]> = {};
    for (const [key, names] of Object.entries(wanted)) {
      const table = tables.find((name) => names.includes(name.toLowerCase()));
      if (table !== undefined)
        found[key] = database.prepare(`SELECT * FROM "${table.replaceAll('"', '""')}"`).all();
    }
    return found;
  } catch (cause) {
    throw new FileFault(
      `its tables cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  } finally {
    database.close();
  }
}

function open(file: string): Sqlite.Database {
  try {
    const database = new Sqlite(file, { readonly: true, fileMustExist: true });
    // Nothing in the file is to be run.
    database.pragma("trusted_schema = OFF");
    return database;
  } catch (cause) {
    throw new OperatorError(`${file} cannot be opened as a SQLite database.`, { cause });
  }
}
