import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { modelNames } from "../../src/platform/storage/driver";
import { openPostgres } from "../../src/platform/storage/postgres/database";
import { applyPostgresMigrations } from "../../src/platform/storage/postgres/migrate";
import { createDatabase, dropDatabase, onDatabase } from "../helpers/postgres/databases";

const migrationsDir = path.resolve("prisma/postgres/migrations");
let url: string;
let folder: string;

beforeEach(async () => {
  url = await createDatabase(onDatabase(inject("postgresTemplate") ?? "", "postgres"), "template1");
  folder = mkdtempSync(path.join(tmpdir(), "countersign-migrations-"));
  cpSync(migrationsDir, folder, { recursive: true });
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await dropDatabase(url, url);
});

async function query(text: string) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe("the migrations of PostgreSQL", () => {
  it("are applied once when five instances start together, and recorded as Prisma does", async () => {
    const starts = await Promise.all(
      Array.from({ length: 5 }, () => applyPostgresMigrations({ url, migrationsDir })),
    );
    // One instance may have applied the first and another the next.
    const names = starts.flatMap(({ applied }) => applied).sort();
    const records = await query(
      `SELECT migration_name, applied_steps_count, finished_at IS NOT NULL AS finished
       FROM "_prisma_migrations" ORDER BY migration_name`,
    );
    expect(records).toEqual(
      names.map((name) => ({ migration_name: name, applied_steps_count: 1, finished: true })),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it("leave nothing of one that fails", async () => {
    await applyPostgresMigrations({ url, migrationsDir: folder });
    cpSync(path.join(folder, "20261128204000_init"), path.join(folder, "29990101000000_bad"), {
      recursive: true,
    });
    writeFileSync(
      path.join(folder, "29990101000000_bad", "migration.sql"),
      `CREATE TABLE "Half" ("id" TEXT); SELECT nothing;`,
    );
    await expect(applyPostgresMigrations({ url, migrationsDir: folder })).rejects.toMatchObject({
      reason: "migration_failed",
    });
    expect(await query(`SELECT to_regclass('"Half"') AS "half"`)).toEqual([{ half: null }]);
  });

  it("are refused when one was changed since, and when the database knows one more", async () => {
    await applyPostgresMigrations({ url, migrationsDir: folder });
    writeFileSync(path.join(folder, "20261128204000_init", "migration.sql"), "SELECT 1;");
    await expect(applyPostgresMigrations({ url, migrationsDir: folder })).rejects.toMatchObject({
      reason: "migration_changed",
    });
    await query(`UPDATE "_prisma_migrations" SET migration_name = '29990101000000_newer'`);
    await expect(applyPostgresMigrations({ url, migrationsDir })).rejects.toMatchObject({
      reason: "migration_unknown",
    });
  });

  it("describe the same tables and columns as those of SQLite's schema", async () => {
    const database = await openPostgres(url, { migrationsDir, tellFault: () => undefined });
    try {
      // Each model reads all of its columns by name.
      await Promise.all(
        modelNames.map((name) => (database[name] as { findMany(): Promise<unknown> }).findMany()),
      );
    } finally {
      await database.close();
    }
  });
});

describe("a server that cannot be used", () => {
  it("is named to the operator, without the password", async () => {
    const nowhere = "postgres://ada:secret-word@127.0.0.1:1/countersign";
    const start = openPostgres(nowhere, { migrationsDir, tellFault: () => undefined });
    await expect(start).rejects.toThrow("127.0.0.1:1");
    await expect(start).rejects.not.toThrow("secret-word");
  });

  it("and asks for a password that nobody gave is said to do so", async () => {
    const server = createServer((socket) => {
      // As PostgreSQL does: SCRAM is offered, and its first message answered.
      const answers = [
        authentication(10, "SCRAM-SHA-256\0\0"),
        authentication(11, "r=nonce,s=c2FsdA==,i=4096"),
      ];
      socket.on("data", () => socket.write(answers.shift() ?? ""));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const start = openPostgres(`postgres://ada@127.0.0.1:${port}/countersign`, {
      migrationsDir,
      tellFault: () => undefined,
    });
    await expect(start).rejects.toThrow("it asks for a password");
    server.close();
  });
});

/** A message of the server's about how to prove who one is. */
function authentication(kind: number, text: string): Buffer {
  const bytes = Buffer.alloc(9 + text.length);
  bytes.write("R");
  bytes.writeInt32BE(8 + text.length, 1);
  bytes.writeInt32BE(kind, 5);
  bytes.write(text, 9);
  return bytes;
}
