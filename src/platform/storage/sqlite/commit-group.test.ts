import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommitGroup } from "./commit-group";

const folder = mkdtempSync(path.join(tmpdir(), "countersign-commits-"));
const file = path.join(folder, "test.db");
let said: string[];
let connection: Sqlite.Database;
let stranger: Sqlite.Database;
let writes: CommitGroup;

beforeEach(() => {
  rmSync(file, { force: true });
  said = [];
  connection = new Sqlite(file, { timeout: 20, verbose: (sql) => said.push(String(sql)) });
  connection.pragma("journal_mode = WAL");
  connection.pragma("foreign_keys = ON");
  connection.exec(`
    CREATE TABLE Item (name TEXT PRIMARY KEY NOT NULL, count INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE Part (item TEXT REFERENCES Item(name) DEFERRABLE INITIALLY DEFERRED);`);
  stranger = new Sqlite(file, { timeout: 20 });
  writes = new CommitGroup(connection);
  said.length = 0;
});

afterEach(() => {
  stranger.close();
  connection.close();
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
});

const add = (name: string | null) =>
  writes.add(() => connection.prepare("INSERT INTO Item(name) VALUES (?)").run(name).changes);
const namesSeenBy = (reader: Sqlite.Database) =>
  reader.prepare("SELECT name FROM Item ORDER BY name").pluck().all();
const statuses = async (...promises: Promise<unknown>[]) =>
  (await Promise.allSettled(promises)).map(({ status }) => status);

describe("what is written in one turn of the event loop", () => {
  it("is committed once, and each caller learns what its own statement did", async () => {
    const set = (name: string) =>
      writes.add(
        () => connection.prepare("UPDATE Item SET count = 1 WHERE name = ? AND count = 0").run(name).changes,
      );
    expect(await Promise.all([add("a"), add("b"), set("a"), set("a"), set("b")])).toEqual([1, 1, 1, 0, 1]);
    expect(said.filter((sql) => /BEGIN|COMMIT|ROLLBACK/.test(sql))).toEqual(["BEGIN IMMEDIATE", "COMMIT"]);
  });

  it("is visible to every other process before its caller has the answer", async () => {
    const seen = await Promise.all([
      add("a").then(() => namesSeenBy(stranger)),
      add("b").then(() => namesSeenBy(stranger)),
    ]);
    expect(seen).toEqual([
      ["a", "b"],
      ["a", "b"],
    ]);
  });

  it("takes no other along when one of them fails", async () => {
    expect(await statuses(add("a"), add(null), add("a"), add("b"))).toEqual([
      "fulfilled",
      "rejected",
      "rejected",
      "fulfilled",
    ]);
    expect(namesSeenBy(stranger)).toEqual(["a", "b"]);
  });

  it("has not happened, any of it, when the commit fails; and the next turn starts with nothing", async () => {
    const orphan = writes.add(() => connection.prepare("INSERT INTO Part VALUES ('nobody')").run().changes);
    expect(await statuses(add("a"), orphan, add("b"))).toEqual(["rejected", "rejected", "rejected"]);
    expect(namesSeenBy(stranger)).toEqual([]);
    expect(connection.inTransaction).toBe(false);
    expect(await statuses(add("a"), add("b"))).toEqual(["fulfilled", "fulfilled"]);
    expect(namesSeenBy(stranger)).toEqual(["a", "b"]);
  });

  it("has not happened when one statement takes the whole transaction back, and nothing runs outside of it", async () => {
    await add("taken");
    const roll = writes.add(
      () => connection.prepare("INSERT OR ROLLBACK INTO Item(name) VALUES ('taken')").run().changes,
    );
    expect(await statuses(add("a"), roll, add("b"))).toEqual(["rejected", "rejected", "rejected"]);
    expect(namesSeenBy(stranger)).toEqual(["taken"]);
  });

  it("is refused together while another process holds the lock, and taken afterwards", async () => {
    stranger.exec("BEGIN IMMEDIATE");
    const refused = await Promise.allSettled([add("a"), add("b")]);
    expect(refused).toMatchObject([
      { status: "rejected", reason: { code: "SQLITE_BUSY" } },
      { status: "rejected", reason: { code: "SQLITE_BUSY" } },
    ]);
    stranger.exec("ROLLBACK");
    expect(await statuses(add("a"), add("b"))).toEqual(["fulfilled", "fulfilled"]);
  });

  it("waits for the end of a transaction that somebody else has open on the connection", async () => {
    connection.exec("BEGIN");
    let isTold = false;
    const both = Promise.all([add("a"), add("b")]).then(() => {
      isTold = true;
    });
    await setTimeout(10);
    expect(isTold).toBe(false);
    connection.exec("ROLLBACK");
    await both;
    expect(namesSeenBy(stranger)).toEqual(["a", "b"]);
  });
});

it("opens no transaction for a write that is alone", async () => {
  expect(await add("a")).toBe(1);
  expect(said.filter((sql) => /BEGIN|COMMIT/.test(sql))).toEqual([]);
});
