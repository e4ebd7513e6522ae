import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Factor } from "../../../modules/assurance";
import type { SessionStore } from "../../../modules/sessions";
import { openDatabase, type SqliteDatabase } from "../sqlite/database";
import { applyMigrations } from "../sqlite/migrate";
import { openSqlite } from "../sqlite/open-sqlite";
import { createSessionStore } from "./session-store";

const IDLE_LIFETIME_IN_SECONDS = 86_400;
const START_MS = Date.parse("2028-02-28T23:59:59.000Z");

let folder: string;
let database: SqliteDatabase;
let store: SessionStore;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "countersign-sessions-"));
  const file = join(folder, "test.db");
  const migrated = openSqlite(file);
  applyMigrations({ database: migrated, migrationsDir: resolve("prisma/migrations") });
  migrated.close();
  database = await openDatabase(file);
  const now = new Date(START_MS);
  const names = { username: "ada", usernameKey: "ada", displayName: "Ada" };
  const user = {
    id: "ada",
    ...names,
    roles: "user",
    passwordHash: "",
    passwordChangedAt: now,
    createdAt: now,
  };
  await database.user.create({ data: user });
  store = createSessionStore(database);
  await store.insert({
    id: "s",
    userId: "ada",
    clientId: "countersign",
    applicationId: null,
    scope: "",
    method: "password",
    factors: ["pwd"],
    authenticatedAt: now,
    keyThumbprint: null,
    device: { browser: null, os: null },
    address: null,
    createdAt: now,
    lastActiveAt: now,
    idleLifetimeInSeconds: IDLE_LIFETIME_IN_SECONDS,
    idleExpiresAt: new Date(START_MS + IDLE_LIFETIME_IN_SECONDS * 1000),
    expiresAt: new Date(START_MS + 30 * IDLE_LIFETIME_IN_SECONDS * 1000),
    counter: 0,
    supersededAt: "",
    approvedBy: null,
    endedAt: null,
    endReason: null,
  });
});
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

it("a rotation moves the idle end by the lifetime in its row, to the millisecond, over midnight and a leap day", async () => {
  for (let counter = 0; counter < 1500; counter += 1) {
    const now = new Date(START_MS + counter);
    const rotated = await store.rotate({
      sessionId: "s",
      counter,
      nextCounter: counter + 1,
      clientId: "countersign",
      keyThumbprint: null,
      now,
      supersededEntries: "",
    });
    expect(rotated?.idleExpiresAt.getTime()).toBe(now.getTime() + IDLE_LIFETIME_IN_SECONDS * 1000);
  }
  // As text it is what Prisma writes: rows are found by it.
  const found = await database.session.findFirst({
    where: { idleExpiresAt: new Date(START_MS + 86_400_000 + 1499) },
  });
  expect(found?.id).toBe("s");
});

it("a step-up changes the row it started from, and neither one that another has changed nor one that has ended", async () => {
  const now = new Date(START_MS + 60_000);
  const stepUp = (from: Factor, to: Factor) => store.stepUp({ sessionId: "s", from: [from], to: [to], now });
  const told = async () => {
    const session = await store.find("s");
    return [session?.factors, session?.authenticatedAt.getTime()];
  };
  expect(await stepUp("otp", "hwk")).toBe(false);
  expect(await told()).toEqual([["pwd"], START_MS]);
  expect(await stepUp("pwd", "hwk+user")).toBe(true);
  expect(await told()).toEqual([["hwk+user"], now.getTime()]);
  await store.end("s", "signed_out", now);
  expect(await stepUp("hwk+user", "pwd")).toBe(false);
  expect(await told()).toEqual([["hwk+user"], now.getTime()]);
});
