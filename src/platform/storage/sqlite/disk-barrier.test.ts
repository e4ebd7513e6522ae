import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DiskBarrier } from "./disk-barrier";

interface Sync {
  readonly end: () => void;
  readonly fail: () => void;
}

let folder: string;
let file: string;
let connection: Sqlite.Database;
let barrier: DiskBarrier;
/** The syncs that have begun and not ended, oldest first. */
let syncs: Sync[];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-barrier-"));
  file = path.join(folder, "test.db");
  connection = new Sqlite(file);
  connection.pragma("journal_mode = WAL");
  connection.exec("CREATE TABLE Item (name TEXT)");
  syncs = [];
  barrier = new DiskBarrier(
    connection,
    [`${file}-wal`],
    () =>
      new Promise((resolve, reject) => {
        syncs.push({ end: resolve, fail: () => reject(new Error("EIO")) });
      }),
  );
});

afterEach(() => {
  barrier.close();
  connection.close();
  rmSync(folder, { recursive: true, force: true });
});

const write = (name = "a") => connection.prepare("INSERT INTO Item VALUES (?)").run(name);
const nextSync = async () => {
  while (syncs.length === 0) await new Promise(setImmediate);
  return syncs.shift() as Sync;
};
/** Whether a promise has settled by now. */
async function hasPassed(pass: Promise<void> | undefined): Promise<boolean> {
  let passed = false;
  pass?.then(
    () => {
      passed = true;
    },
    () => {},
  );
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
  return passed;
}

describe("passing to the disk", () => {
  it("costs nothing when nothing was written", () => {
    expect(barrier.pass()).toBeUndefined();
  });

  it("waits for the sync, and after it nobody waits again", async () => {
    write();
    const pass = barrier.pass();
    expect(await hasPassed(pass)).toBe(false);
    (await nextSync()).end();
    await pass;
    expect(barrier.pass()).toBeUndefined();
  });

  it("shares one sync among all who wrote before it began", async () => {
    write();
    write();
    const passes = [barrier.pass(), barrier.pass()];
    (await nextSync()).end();
    await Promise.all(passes);
    expect(syncs).toHaveLength(0);
  });

  it("is not let through by a sync that began before the write; the next one serves all who came meanwhile", async () => {
    write();
    const early = barrier.pass();
    const first = await nextSync();
    write();
    const late = [barrier.pass(), barrier.pass()];
    first.end();
    await early;
    expect(await hasPassed(late[0])).toBe(false);
    (await nextSync()).end();
    await Promise.all(late);
    expect(syncs).toHaveLength(0);
  });

  it("waits for one who only reads what another has just written", async () => {
    write();
    void barrier.pass();
    const sync = await nextSync();
    const reader = barrier.pass();
    expect(await hasPassed(reader)).toBe(false);
    sync.end();
    await reader;
  });

  it("is not let through by a sync in the middle of a transaction that is still open", async () => {
    connection.exec("BEGIN");
    write();
    const pass = barrier.pass();
    const within = await nextSync();
    connection.exec("COMMIT");
    within.end();
    expect(await hasPassed(pass)).toBe(false);
    (await nextSync()).end();
    await pass;
  });
});

describe("a disk that refuses a sync", () => {
  it("lets nobody pass who waited for it", async () => {
    write();
    const passes = [barrier.pass(), barrier.pass()];
    (await nextSync()).fail();
    for (const pass of passes) await expect(pass).rejects.toThrow("EIO");
  });

  it("is not asked again, since it would say that all is well: the log is brought into the database instead", async () => {
    write("kept");
    const failed = barrier.pass();
    (await nextSync()).fail();
    await expect(failed).rejects.toThrow("EIO");
    await barrier.pass();
    expect(syncs).toHaveLength(0);
    expect(connection.pragma("wal_checkpoint(PASSIVE)")).toMatchObject([{ log: 0 }]);
    expect(barrier.pass()).toBeUndefined();
  });

  it("lets nobody pass while the log cannot be brought in either", async () => {
    write();
    const failed = barrier.pass();
    (await nextSync()).fail();
    await expect(failed).rejects.toThrow("EIO");
    const reader = new Sqlite(file);
    reader.exec("BEGIN; SELECT * FROM Item");
    connection.pragma("busy_timeout = 10");
    write();
    await expect(barrier.pass()).rejects.toThrow();
    reader.exec("COMMIT");
    reader.close();
    await barrier.pass();
    expect(barrier.pass()).toBeUndefined();
  });
});
