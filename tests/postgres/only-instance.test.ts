import { randomBytes } from "node:crypto";
import path from "node:path";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, inject, it, vi } from "vitest";
import type { OperatorError } from "../../src/platform/operator-error";
import { claimAlone } from "../../src/platform/storage/postgres/claim-alone";
import { openPostgres } from "../../src/platform/storage/postgres/database";
import { copyDatabase, dropDatabase } from "../helpers/postgres/databases";
import { startServer } from "../helpers/process/server";

const LOCK_HOLDERS = `FROM pg_locks WHERE locktype = 'advisory' AND objid = 72707370
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

let url: string;
let onlooker: Client;
const ends: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  url = await copyDatabase(inject("postgresTemplate") ?? "");
  onlooker = await connect();
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await dropDatabase(url, url);
});

async function connect(): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  ends.push(() => client.end());
  return client;
}

async function claim(patienceInMs = 300) {
  const onLost = vi.fn<(error: OperatorError) => void>();
  const claimed = await claimAlone(url, { tellFault: () => undefined, onLost, patienceInMs });
  ends.push(() => claimed.letGo());
  return { ...claimed, onLost };
}

async function holder(): Promise<number | undefined> {
  const { rows } = await onlooker.query<{ pid: number }>(`SELECT pid ${LOCK_HOLDERS} AND granted`);
  return rows[0]?.pid;
}

async function breakConnection(): Promise<number> {
  const pid = await holder();
  if (pid === undefined) throw new Error("nobody holds the lock");
  await onlooker.query("SELECT pg_terminate_backend($1)", [pid]);
  return pid;
}

/** Another instance that waits for the lock, and so has it before the first can be back. */
async function anotherWaits(): Promise<void> {
  const other = await connect();
  void other.query("SELECT pg_advisory_lock(72707370)");
  const waiting = async () =>
    (await onlooker.query(`SELECT pid ${LOCK_HOLDERS} AND NOT granted`)).rows.length;
  await expect.poll(waiting).toBe(1);
}

describe("the lock of the only instance", () => {
  it("refuses a second instance while the first runs, and not after it", async () => {
    const first = await claim();
    await expect(claim()).rejects.toThrow("Another instance");
    await first.letGo();
    await claim();
  });

  it("is taken again each time that its connection breaks", async () => {
    const first = await claim();
    for (let round = 0; round < 3; round += 1) {
      const before = await breakConnection();
      await expect.poll(async () => ![undefined, before].includes(await holder())).toBe(true);
      await expect(claim()).rejects.toThrow("Another instance");
      await expect.poll(() => first.require()).toBeUndefined();
    }
    expect(first.onLost).not.toHaveBeenCalled();
  });

  it("is not taken again by an instance that has stopped", async () => {
    const first = await claim();
    await first.letGo();
    expect(await holder()).toBeUndefined();
  });
});

describe("an instance whose connection broke while another one took the lock", () => {
  it("is told so once, and answers nothing from the database any more", async () => {
    const onLost = vi.fn<(error: OperatorError) => void>();
    const database = await openPostgres(url, {
      migrationsDir: path.resolve("prisma/postgres/migrations"),
      tellFault: () => undefined,
      onLost,
    });
    ends.push(() => database.close());
    expect(await database.user.findMany()).toEqual([]);
    await anotherWaits();
    await breakConnection();
    await expect.poll(() => onLost.mock.calls.length).toBe(1);
    const refused = { code: "temporarily_unavailable" };
    await expect(database.user.findMany()).rejects.toMatchObject(refused);
    await expect(database.rows`SELECT 1`).rejects.toMatchObject(refused);
    await expect(database.lookUp`SELECT "id" FROM "User" WHERE "id" = ${"key"}`).rejects.toMatchObject(
      refused,
    );
    expect(onLost).toHaveBeenCalledOnce();
    expect(onLost.mock.calls[0]?.[0].message).toContain(
      "another instance of the service runs on this database now",
    );
  });

  it("is a process that ends with 1 and says why", async () => {
    const server = await startServer({
      env: { DATABASE_URL: url, SECRETS: `1:${randomBytes(32).toString("base64url")}` },
    });
    ends.push(() => server.dispose());
    await breakConnection();
    await expect.poll(holder).toBeDefined();
    expect((await fetch(`${server.url}/api/health`)).status).toBe(200);
    await anotherWaits();
    await breakConnection();
    await expect.poll(server.output).toContain("so this one has stopped");
    await expect.poll(() => isRunning(server.pid)).toBe(false);
    expect(await server.kill()).toBe(1);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
