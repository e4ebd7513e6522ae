import { copyFileSync, rmSync } from "node:fs";
import path from "node:path";
import Sqlite from "better-sqlite3";

const files = ["countersign.db", "ledger.db"] as const;

/** A backup of both databases, taken while the service runs. */
export async function copyDatabases(dataDir: string, folder: string): Promise<void> {
  for (const file of files) {
    const database = new Sqlite(path.join(dataDir, file), { readonly: true });
    await database.backup(path.join(folder, file));
    database.close();
  }
}

/** Puts the backup in the place of the database, with or without the ledger. The service has stopped. */
export function putCopyBack(folder: string, dataDir: string, what: "database" | "folder"): void {
  for (const file of what === "folder" ? files : files.slice(0, 1)) {
    for (const suffix of ["-wal", "-shm"]) rmSync(path.join(dataDir, file + suffix), { force: true });
    copyFileSync(path.join(folder, file), path.join(dataDir, file));
  }
}
