import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { applyMigrations } from "./migrate";
import { openSqlite } from "./open-sqlite";

const MIGRATIONS = resolve("prisma/migrations");
const [ASSURANCE = ""] = readdirSync(MIGRATIONS).filter((name) => name.endsWith("_assurance"));

let folder: string;
let database: ReturnType<typeof openSqlite>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-assurance-"));
  const before = join(folder, "migrations");
  cpSync(MIGRATIONS, before, { recursive: true });
  for (const name of readdirSync(before))
    if (name >= ASSURANCE) rmSync(join(before, name), { recursive: true });
  database = openSqlite(join(folder, "test.db"));
  applyMigrations({ database, migrationsDir: before });
  database.exec(`INSERT INTO "User" ("id", "username", "usernameKey", "displayName", "roles", "passwordHash",
    "passwordChangedAt", "createdAt") VALUES ('ada', 'ada', 'ada', 'Ada', 'user', '', '${SIGNED_IN}', '${SIGNED_IN}')`);
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const SIGNED_IN = "2026-11-20T10:00:00.123+00:00";
const REFRESHED = "2026-11-21T11:30:00.456+00:00";
const STEPPED_UP = "2026-11-21T12:00:00.789+00:00";
const A_DAY_LATER = "2026-11-22T11:30:00.456+00:00";
const A_WEEK_LATER = "2026-11-28T11:30:00.456+00:00";

function addSession(id: string, method: string, idleExpiresAt: string, steppedUpAt: string | null): void {
  database
    .prepare(
      `INSERT INTO "Session" ("id", "userId", "clientId", "method", "createdAt", "lastActiveAt", "idleExpiresAt",
         "expiresAt", "counter", "supersededAt", "steppedUpAt", "approvedBy", "generation")
       VALUES (?, 'ada', 'countersign', ?, '${SIGNED_IN}', '${REFRESHED}', ?, '2026-12-20T10:00:00.123+00:00', 3, 'abc', ?, 'x', 'g')`,
    )
    .run(id, method, idleExpiresAt, steppedUpAt);
}

it("sessions from before get the factors, the time and the idle life that they had, and keep the rest", () => {
  addSession("a", "password", A_WEEK_LATER, null);
  addSession("b", "password", A_WEEK_LATER, STEPPED_UP);
  addSession("c", "qr", A_DAY_LATER, null);
  addSession("d", "qr", A_DAY_LATER, STEPPED_UP);
  addSession("e", "device_code", A_DAY_LATER, null);
  const before = database.prepare('SELECT * FROM "Session" ORDER BY "id"').all() as Record<string, unknown>[];
  applyMigrations({ database, migrationsDir: MIGRATIONS });
  const after = database.prepare('SELECT * FROM "Session" ORDER BY "id"').all() as Record<string, unknown>[];
  const WEEK = 7 * 86_400;
  const DAY = 86_400;
  const added = [
    { factors: "pwd", authenticatedAt: SIGNED_IN, idleLifetimeInSeconds: WEEK },
    { factors: "pwd", authenticatedAt: STEPPED_UP, idleLifetimeInSeconds: WEEK },
    { factors: "qr", authenticatedAt: SIGNED_IN, idleLifetimeInSeconds: DAY },
    { factors: "qr pwd", authenticatedAt: STEPPED_UP, idleLifetimeInSeconds: DAY },
    { factors: "qr", authenticatedAt: SIGNED_IN, idleLifetimeInSeconds: DAY },
  ];
  const kept = before.map(({ steppedUpAt: _, ...row }) => row);
  // Later migrations add columns of their own.
  expect(after).toMatchObject(kept.map((row, index) => ({ ...row, ...added[index] })));
});
