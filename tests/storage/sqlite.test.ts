import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe } from "vitest";
import { openDatabase } from "../../src/platform/storage/sqlite/database";
import { applyMigrations } from "../../src/platform/storage/sqlite/migrate";
import { openSqlite } from "../../src/platform/storage/sqlite/open-sqlite";
import { describeStorage } from "./describe-storage";
import type { OpenedStorage } from "./open-storage";

async function openFreshSqlite(): Promise<OpenedStorage> {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-storage-"));
  const file = path.join(folder, "countersign.db");
  const migrated = openSqlite(file);
  applyMigrations({ database: migrated, migrationsDir: path.resolve("prisma/migrations") });
  migrated.close();
  const connections = [await openDatabase(file)];
  return {
    driver: connections[0] as (typeof connections)[0],
    async another() {
      const connection = await openDatabase(file);
      connections.push(connection);
      return connection;
    },
    async close() {
      for (const connection of connections) await connection.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

describe("SQLite", () => describeStorage(openFreshSqlite));
