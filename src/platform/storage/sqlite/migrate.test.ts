import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrationChecksum } from "../migration-files";
import { type MigrationRefusalReason, MigrationRefused } from "../migration-records";
import { applyMigrations } from "./migrate";
import { BUSY_TIMEOUT_IN_MS, openSqlite } from "./open-sqlite";

let folder: string;
let migrationsDir: string;
let databasePath: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-migrate-"));
  migrationsDir = join(folder, "migrations");
  databasePath = join(folder, "test.db");
  mkdirSync(migrationsDir);
  writeFileSync(join(migrationsDir, "migration_lock.toml"), 'provider = "sqlite"\n');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const FIRST = "20260101000000_first";
const SECOND = "20260201000000_second";

function writeMigration(name: string, sql: string) {
  mkdirSync(join(migrationsDir, name), { recursive: true });
  writeFileSync(join(migrationsDir, name, "migration.sql"), sql);
}

function writeTwo() {
  writeMigration(SECOND, 'INSERT INTO "fruit" VALUES (2);\n');
  writeMigration(
    FIRST,
    'CREATE TABLE "fruit" ("id" INTEGER PRIMARY KEY);\nINSERT INTO "fruit" VALUES (1);\n',
  );
}

function withDatabase<T>(work: (database: ReturnType<typeof openSqlite>) => T): T {
  const database = openSqlite(databasePath);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

const migrate = () => withDatabase((database) => applyMigrations({ database, migrationsDir }));
const query = (sql: string) => withDatabase((database) => database.prepare(sql).all());
const run = (sql: string) => withDatabase((database) => database.exec(sql));

function refusalOf(work: () => unknown): MigrationRefusalReason {
  try {
    work();
  } catch (error) {
    if (error instanceof MigrationRefused) return error.reason;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("a fresh database", () => {
  it("gets every migration in order, recorded as Prisma's engine records them", () => {
    writeTwo();
    const before = Date.now();
    expect(migrate().applied).toEqual([FIRST, SECOND]);
    expect(query('SELECT id FROM "fruit" ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);

    const rows = query(
      'SELECT *, typeof(started_at) AS kind FROM "_prisma_migrations" ORDER BY migration_name',
    );
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      migration_name: SECOND,
      checksum: migrationChecksum('INSERT INTO "fruit" VALUES (2);\n'),
      logs: null,
      rolled_back_at: null,
      applied_steps_count: 1,
      kind: "integer",
    });
    const { started_at: startedAt, finished_at: finishedAt } = rows[1] as Record<string, number>;
    expect(startedAt).toBeGreaterThanOrEqual(before);
    expect(finishedAt).toBeGreaterThanOrEqual(startedAt ?? Number.NaN);
  });

  it("takes the project's own migrations", () => {
    migrationsDir = resolve("prisma/migrations");
    expect(migrate().applied.length).toBeGreaterThan(0);
    expect(query("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  });
});

describe("a database that is up to date", () => {
  it("is left alone, even while another connection holds the write lock", () => {
    writeTwo();
    migrate();
    withDatabase((other) => {
      other.exec("BEGIN IMMEDIATE");
      expect(migrate().applied).toEqual([]);
    });
  });

  it("accepts the same script with other line endings", () => {
    writeTwo();
    migrate();
    writeMigration(SECOND, 'INSERT INTO "fruit" VALUES (2);\r\n');
    expect(migrate().applied).toEqual([]);
  });
});

describe("a migration that breaks off", () => {
  it("leaves nothing behind, and the next start does it whole", () => {
    writeTwo();
    writeMigration(SECOND, 'INSERT INTO "fruit" VALUES (2);\nINSERT INTO "nowhere" VALUES (1);\n');
    expect(refusalOf(migrate)).toBe("migration_failed");
    expect(query('SELECT id FROM "fruit"')).toEqual([{ id: 1 }]);
    expect(query('SELECT migration_name FROM "_prisma_migrations"')).toEqual([{ migration_name: FIRST }]);

    writeMigration(SECOND, 'INSERT INTO "fruit" VALUES (2);\n');
    expect(migrate().applied).toEqual([SECOND]);
  });

  it("is refused when it would leave rows that refer to nothing", () => {
    writeMigration(
      FIRST,
      'CREATE TABLE "tree" ("id" INTEGER PRIMARY KEY);\nCREATE TABLE "leaf" ("tree" INTEGER REFERENCES "tree"("id"));\nINSERT INTO "leaf" VALUES (7);\n',
    );
    expect(refusalOf(migrate)).toBe("migration_failed");
    expect(query("SELECT name FROM sqlite_master")).toEqual([]);
  });

  it("may rebuild a table that others refer to", () => {
    writeMigration(
      FIRST,
      'CREATE TABLE "tree" ("id" INTEGER PRIMARY KEY);\nCREATE TABLE "leaf" ("tree" INTEGER REFERENCES "tree"("id") ON DELETE CASCADE);\nINSERT INTO "tree" VALUES (7);\nINSERT INTO "leaf" VALUES (7);\n',
    );
    writeMigration(
      SECOND,
      'PRAGMA foreign_keys=OFF;\nCREATE TABLE "new_tree" ("id" INTEGER PRIMARY KEY, "name" TEXT);\nINSERT INTO "new_tree" ("id") SELECT "id" FROM "tree";\nDROP TABLE "tree";\nALTER TABLE "new_tree" RENAME TO "tree";\nPRAGMA foreign_keys=ON;\n',
    );
    expect(migrate().applied).toEqual([FIRST, SECOND]);
    expect(query('SELECT * FROM "leaf"')).toEqual([{ tree: 7 }]);
  });
});

describe("a database that does not fit", () => {
  it.each([
    ["an edited migration", "migration_changed", `UPDATE "_prisma_migrations" SET checksum = 'other'`],
    ["one left unfinished", "migration_failed_before", 'UPDATE "_prisma_migrations" SET finished_at = NULL'],
    [
      "one of a newer version",
      "migration_unknown",
      `UPDATE "_prisma_migrations" SET migration_name = '2099_later' WHERE migration_name = '${SECOND}'`,
    ],
  ])("%s is refused with %s", (_case, reason, change) => {
    writeTwo();
    migrate();
    run(change);
    expect(refusalOf(migrate)).toBe(reason);
  });

  it("applies again what was marked as rolled back", () => {
    writeMigration(FIRST, 'CREATE TABLE IF NOT EXISTS "fruit" ("id" INTEGER PRIMARY KEY);\n');
    migrate();
    run('UPDATE "_prisma_migrations" SET rolled_back_at = 1, finished_at = NULL');
    expect(migrate().applied).toEqual([FIRST]);
  });

  it("refuses a folder without migrations", () => {
    expect(refusalOf(migrate)).toBe("migrations_missing");
  });
});

/** How SQLite answers for `synchronous=FULL`. */
const FULL = 2;

describe("the connection", () => {
  it("is back on its own settings afterwards", () => {
    writeTwo();
    withDatabase((database) => {
      applyMigrations({ database, migrationsDir });
      expect(database.pragma("foreign_keys", { simple: true })).toBe(1);
      expect(database.pragma("busy_timeout", { simple: true })).toBe(BUSY_TIMEOUT_IN_MS);
    });
  });

  it("writes ahead, and only its owner can read the files", () => {
    writeTwo();
    writeFileSync(databasePath, "", { mode: 0o644 });
    withDatabase((database) => {
      applyMigrations({ database, migrationsDir });
      expect(database.pragma("journal_mode", { simple: true })).toBe("wal");
      expect(database.pragma("synchronous", { simple: true })).toBe(FULL);
      for (const suffix of ["", "-wal", "-shm"]) {
        expect(statSync(databasePath + suffix).mode & 0o777, suffix).toBe(0o600);
      }
    });
  });
});

describe("several processes", () => {
  // Four processes start on one empty file at the same moment; the script takes longer than the busy timeout of a connection.
  it("apply each migration exactly once between them", async () => {
    const slow = `WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 8000000) INSERT INTO "fruit" SELECT 100 + count(*) FROM n;`;
    writeMigration(FIRST, `CREATE TABLE "fruit" ("id" INTEGER PRIMARY KEY);\n${slow}\n`);
    writeMigration(SECOND, 'INSERT INTO "fruit" VALUES (2);\n');
    const script = await bundleMigrator();
    try {
      const results = await Promise.all(Array.from({ length: 4 }, () => runMigrator(script)));
      expect(results.flatMap((result) => result.applied).sort()).toEqual([FIRST, SECOND]);
    } finally {
      rmSync(script);
    }
    expect(query('SELECT count(*) AS n FROM "fruit"')).toEqual([{ n: 2 }]);
    expect(query('SELECT count(*) AS n FROM "_prisma_migrations"')).toEqual([{ n: 2 }]);
  }, 60_000);
});

async function bundleMigrator(): Promise<string> {
  // Inside the project, so that Node finds better-sqlite3 beside it.
  const outfile = resolve(`node_modules/.countersign-migrate-test-${process.pid}.mjs`);
  await build({
    stdin: {
      contents: `import { applyMigrations } from "./migrate"; import { openSqlite } from "./open-sqlite";
        const [path, migrationsDir] = process.argv.slice(2);
        const database = openSqlite(path);
        console.log(JSON.stringify(applyMigrations({ database, migrationsDir })));`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    outfile,
  });
  return outfile;
}

function runMigrator(script: string): Promise<{ applied: string[] }> {
  const child = spawn(process.execPath, [script, databasePath, migrationsDir]);
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  child.stderr.on("data", (chunk) => (output += String(chunk)));
  return new Promise((done, fail) => {
    child.on("close", (code) => (code === 0 ? done(JSON.parse(output)) : fail(new Error(output))));
  });
}
