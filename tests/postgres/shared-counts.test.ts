import path from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createPostgresLimiters } from "../../src/platform/storage/postgres/counters";
import { openPostgres, type PostgresDatabase } from "../../src/platform/storage/postgres/database";
import { createPostgresProofMemory } from "../../src/platform/storage/postgres/proof-memory";
import { copyDatabase, dropDatabase } from "../helpers/postgres/databases";

/** What two instances count and remember together. Each has connections of its own. */
let url: string;
let first: PostgresDatabase;
let second: PostgresDatabase;

const open = () =>
  openPostgres(url, {
    migrationsDir: path.resolve("prisma/postgres/migrations"),
    tellFault: () => undefined,
  });

beforeAll(async () => {
  url = await copyDatabase(inject("postgresTemplate") ?? "");
  [first, second] = await Promise.all([open(), open()]);
});
afterAll(async () => {
  await first.close();
  await second.close();
  await dropDatabase(url, url);
});

/** Which of the two has the turn. */
const both = <T>(index: number, of: readonly [T, T]): T => of[(index % 2) as 0 | 1];

describe("a limit that two instances count together", () => {
  const limit = { points: 5, windowInSeconds: 60 };
  const twice = (name: string, points = 5) =>
    [first, second].map((database) =>
      createPostgresLimiters(database).named(name, { ...limit, points }),
    ) as unknown as readonly [
      ReturnType<ReturnType<typeof createPostgresLimiters>["named"]>,
      ReturnType<ReturnType<typeof createPostgresLimiters>["named"]>,
    ];

  it("lets exactly so many through as it has points, of two hundred at once over both", async () => {
    const limiters = twice("at once", 50);
    const waits = await Promise.all(
      Array.from({ length: 200 }, (_, index) => both(index, limiters).consume("key")),
    );
    expect(waits.filter((wait) => wait === 0)).toHaveLength(50);
    for (const wait of waits.filter((each) => each > 0)) expect(wait).toBeLessThanOrEqual(60);
    expect(await limiters[1].count("key")).toBe(200);
  });

  it("keeps keys and names apart, in one statement too", async () => {
    const [limiter] = twice("apart", 1);
    const [other] = twice("apart/more", 1);
    expect(await Promise.all(["a", "b", "a"].map((key) => limiter.consume(key)))).toEqual([
      0,
      0,
      expect.any(Number),
    ]);
    expect(await other.consume("a")).toBe(0);
    expect(await limiter.count("a")).toBe(2);
    expect(await limiter.count("c")).toBe(0);
  });

  it("makes room for what is given back, and never for more than was counted", async () => {
    const [one, other] = twice("given back", 2);
    await one.consume("key");
    await Promise.all([one.giveBack("key"), other.giveBack("key"), other.giveBack("key")]);
    expect(await one.count("key")).toBe(0);
    expect(await Promise.all([one, other, one].map((each) => each.consume("key")))).toContainEqual(
      expect.any(Number),
    );
    expect(await other.count("key")).toBe(3);
  });

  it("begins anew when its window is over, and is swept then", async () => {
    const limiters = createPostgresLimiters(first);
    const limiter = limiters.named("window", { points: 1, windowInSeconds: 60 });
    await limiter.consume("key");
    expect(await limiter.consume("key")).toBeGreaterThan(0);
    await first.query(
      `UPDATE "Counter" SET "until" = now() - interval '1 second' WHERE "key" LIKE 'window %'`,
    );
    expect(await limiter.count("key")).toBe(0);
    expect(await limiter.consume("key")).toBe(0);
    await first.query(
      `UPDATE "Counter" SET "until" = now() - interval '1 second' WHERE "key" LIKE 'window %'`,
    );
    await limiters.sweep();
    expect(await first.query(`SELECT 1 FROM "Counter" WHERE "key" LIKE 'window %'`)).toEqual([]);
  });
});

describe("the used proofs that two instances remember together", () => {
  const proof = (digest: string, issuedAt = new Date()) => ({ digest, issuedAt });
  /** After its beginning. */
  const now = () => new Date(Date.now() + 5000);

  it("each is new once, of a hundred at once over both", async () => {
    const memories = [createPostgresProofMemory(first), createPostgresProofMemory(second)] as const;
    await memories[0].begin(new Date());
    const uses = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        both(index >> 1, memories).use(proof(`digest ${index % 10}`, now()), now()),
      ),
    );
    expect(uses.filter((use) => use === "new")).toHaveLength(10);
    expect(uses.filter((use) => use === "used")).toHaveLength(90);
  });

  it("a memory that was emptied by a crash begins with the next second, and tells who claims an earlier one", async () => {
    const memory = createPostgresProofMemory(second);
    await first.query('TRUNCATE "Replay", "Memory"');
    const before = new Date();
    expect(await memory.use(proof("lost", before), before)).toBe("forgotten");
    const since = await memory.sinceAt(before);
    expect(since.getTime()).toBeGreaterThan(before.getTime());
    expect(since.getMilliseconds()).toBe(0);
    expect(await memory.use(proof("lost", before), before)).toBe("forgotten");
    expect(await memory.use(proof("later", since), since)).toBe("new");
  });

  it("what was written down for its claimed time is remembered by the one that begins anew", async () => {
    const memory = createPostgresProofMemory(first);
    const ahead = proof("dated ahead", new Date(Date.now() + 30_000));
    await first.insert("UsedProof", ahead);
    await first.query('TRUNCATE "Replay", "Memory"');
    await memory.begin(new Date());
    expect(await memory.use(ahead, now())).toBe("used");
  });

  it("a table that was restored is another one, and is not believed", async () => {
    const memory = createPostgresProofMemory(first);
    await memory.begin(new Date());
    await first.query('UPDATE "Memory" SET "replayTable" = 0');
    expect(await memory.use(proof("restored", now()), now())).toBe("forgotten");
  });

  it("a clock that was ahead when it began and is set back makes it begin anew", async () => {
    const memory = createPostgresProofMemory(first);
    await first.query('TRUNCATE "Replay", "Memory"');
    const now = new Date();
    await memory.begin(new Date(now.getTime() + 300_000));
    const since = await memory.sinceAt(now);
    expect(since.getTime()).toBeLessThan(now.getTime() + 60_000);
  });

  it("go by the server's clock: an instance that is an hour ahead makes them forget nothing that is still good", async () => {
    const memory = createPostgresProofMemory(first);
    await memory.begin(new Date());
    const used = proof("of now", now());
    expect(await memory.use(used, now())).toBe("new");
    await memory.forgetIssuedBefore(new Date(Date.now() + 3_600_000));
    expect(await memory.use(used, now())).toBe("used");
  });

  it("and one that is an hour behind is told that what it takes for good is too old to be remembered", async () => {
    const memory = createPostgresProofMemory(first);
    await first.query(`UPDATE "Memory" SET "since" = now() - interval '1 day'`);
    const hourAgo = new Date(Date.now() - 3_600_000);
    expect(await memory.use(proof("of an hour ago", hourAgo), hourAgo)).toBe("forgotten");
    const justNow = new Date(Date.now() - 120_000);
    expect(await memory.use(proof("of just now", justNow), justNow)).toBe("new");
  });
});
