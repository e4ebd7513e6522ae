/** What the sweeps take and what they must leave. Intervals are run by hand; all else is real. */
import { readFileSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MAX_KNOWN_DEVICES } from "../../src/modules/devices";
import { bearer, newDevice, PASSWORD, startService, type TestService } from "../helpers/service";
import { attempt } from "../helpers/steps/sign-in";

const DAY_IN_SECONDS = 86_400;
let service: TestService;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  service = await startService();
  await service.addUser("ada");
});
afterEach(async () => {
  vi.useRealTimers();
  await service.close();
});

/** One round of each sweep, and the time that its statements usually take. */
async function sweep(): Promise<void> {
  vi.runOnlyPendingTimers();
  await new Promise((resolve) => setTimeout(resolve, 200));
}

function sql<Row>(statement: string, ...values: unknown[]): Row[] {
  const database = new Sqlite(service.databaseFile);
  try {
    const prepared = database.prepare(statement);
    if (prepared.reader) return prepared.all(...values) as Row[];
    prepared.run(...values);
    return [];
  } finally {
    database.close();
  }
}

const setFailures = (failures: number) => sql('UPDATE "SignInThrottle" SET "failures" = ?', failures);
const devicesOf = () =>
  sql<{ keyThumbprint: string }>('SELECT "keyThumbprint" FROM "KnownDevice" ORDER BY "lastSignInAt"');

describe("the count of wrong passwords", () => {
  it("that has reached a hundred stays, however long nobody tries", async () => {
    await attempt(service, "ada", "wrong");
    setFailures(100);
    service.clock.advance(400 * DAY_IN_SECONDS);
    await sweep();
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(429);
    await service.container.accounts.resetPassword("ada", PASSWORD);
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(200);
  });

  it("that has not is forgotten after thirty quiet days", async () => {
    await attempt(service, "ada", "wrong");
    setFailures(99);
    service.clock.advance(29 * DAY_IN_SECONDS);
    await sweep();
    expect(sql('SELECT * FROM "SignInThrottle"')).toHaveLength(1);
    service.clock.advance(2 * DAY_IN_SECONDS);
    await sweep();
    await expect.poll(() => sql('SELECT * FROM "SignInThrottle"')).toEqual([]);
  });

  it("of a device that a reset has made a stranger starts again with its next sign-in", async () => {
    const device = await newDevice();
    await service.signIn("ada", device);
    await attempt(service, "ada", "wrong", { device });
    setFailures(100);
    expect((await attempt(service, "ada", PASSWORD, { device })).status).toBe(429);
    await service.container.accounts.resetPassword("ada", PASSWORD);
    for (let i = 0; i < 2; i += 1) {
      expect((await attempt(service, "ada", PASSWORD, { device })).status).toBe(200);
    }
  });
});

describe("known devices", () => {
  it("are strangers again after four hundred days without a sign-in", async () => {
    const [used, unused] = [await newDevice(), await newDevice()];
    await service.signIn("ada", unused);
    await service.signIn("ada", used);
    service.clock.advance(399 * DAY_IN_SECONDS);
    await service.signIn("ada", used);
    await sweep();
    expect(devicesOf()).toHaveLength(2);
    service.clock.advance(2 * DAY_IN_SECONDS);
    await sweep();
    await expect.poll(devicesOf).toHaveLength(1);
    await service.signIn("ada", unused);
    expect(devicesOf()).toHaveLength(2);
  });

  it("are so many an account: the one that has not signed in for longest gives way", async () => {
    const first = await newDevice();
    await service.signIn("ada", first);
    const [oldest] = devicesOf();
    const [{ userId } = { userId: "" }] = sql<{ userId: string }>('SELECT "userId" FROM "KnownDevice"');
    for (let i = 1; i < MAX_KNOWN_DEVICES; i += 1) {
      const at = new Date(service.clock.now().getTime() + i).toISOString().replace("Z", "+00:00");
      sql('INSERT INTO "KnownDevice" VALUES (?, ?, ?, ?)', userId, `key-${i}`, at, at);
    }
    service.clock.advance(60);
    await service.signIn("ada", await newDevice());
    const left = devicesOf();
    expect(left).toHaveLength(MAX_KNOWN_DEVICES);
    expect(left).not.toContainEqual(oldest);
    expect(left[0]).toEqual({ keyThumbprint: "key-1" });
  });
});

describe("key pairs of the service", () => {
  const kids = () => sql<{ kid: string }>('SELECT "kid" FROM "ServerKey" ORDER BY "createdAt"');
  const me = (accessToken: string) => service.call("/api/auth/me", { headers: bearer(accessToken) });

  it("go a day after nothing that they made is accepted any more, and not sooner", async () => {
    const before = kids();
    const { access_token } = await service.signIn("ada");
    for (const use of ["sig", "enc"] as const) await service.container.keys.rotate(use, 0);
    await sweep();
    expect((await me(access_token)).status).toBe(200);
    service.clock.advance(3700 + DAY_IN_SECONDS - 60);
    await sweep();
    expect(kids()).toEqual(expect.arrayContaining(before));
    service.clock.advance(120);
    await sweep();
    await expect.poll(kids).toHaveLength(2);
    for (const gone of before) expect(kids()).not.toContainEqual(gone);
    const refused = await me(access_token);
    expect([refused.status, refused.body.error]).toEqual([401, "invalid_token"]);
  });

  it("stay, however old, until their successors have taken over", async () => {
    const before = kids();
    service.clock.advance(3 * 365 * DAY_IN_SECONDS);
    await service.container.keys.rotateIfDue();
    await sweep();
    expect(kids()).toHaveLength(4);
    expect(kids()).toEqual(expect.arrayContaining(before));
    expect((await service.signIn("ada")).access_token).toMatch(/^ey/);
  });

  it("leave no sealed key behind in the database's file", async () => {
    const [sealed] = sql<{ sealedPrivate: string }>('SELECT "sealedPrivate" FROM "ServerKey"');
    for (const use of ["sig", "enc"] as const) await service.container.keys.rotate(use, 0);
    service.clock.advance(3700 + DAY_IN_SECONDS + 60);
    await sweep();
    await expect.poll(kids).toHaveLength(2);
    sql("PRAGMA wal_checkpoint(TRUNCATE)");
    expect(readFileSync(service.databaseFile).includes(String(sealed?.sealedPrivate))).toBe(false);
  });
});

it("sweeps codes for protected sites that were never used, when their minute is over", async () => {
  await service.container.siteCodes.issue({ site: "http://localhost:8081", state: "s", sessionId: "x" });
  service.clock.advance(59);
  await sweep();
  expect(sql('SELECT * FROM "SiteCode"')).toHaveLength(1);
  service.clock.advance(2);
  await sweep();
  expect(sql('SELECT * FROM "SiteCode"')).toEqual([]);
});

describe("a clock that is ahead by years for an hour", () => {
  it.each(["before the first sweep", "after one"])("%s makes no sweep take what is alive", async (when) => {
    await service.signIn("ada", await newDevice());
    await attempt(service, "ada", "wrong");
    const restarted = when === "after one" ? undefined : await service.another();
    if (when === "after one") await sweep();
    const count = (table: string) => sql<{ n: number }>(`SELECT count(*) AS "n" FROM "${table}"`)[0]?.n;
    // The event of a new signing key is left out: whether one is due depends on when the sweep comes.
    const events = () =>
      sql<{ n: number }>(`SELECT count(*) AS "n" FROM "AuditEvent" WHERE "type" <> 'signing_key_made'`)[0]?.n;
    const alive = () => [
      ...["Session", "KnownDevice", "SignInThrottle"].map(count),
      events(),
      count("ServerKey"),
    ];
    const before = alive();
    service.clock.set(3 * 365 * DAY_IN_SECONDS);
    await sweep();
    service.clock.set(-3 * 365 * DAY_IN_SECONDS);
    expect(alive().slice(0, 4)).toEqual(before.slice(0, 4));
    expect(alive()[4]).toBeGreaterThanOrEqual(Number(before[4]));
    await restarted?.close();
  });
});
