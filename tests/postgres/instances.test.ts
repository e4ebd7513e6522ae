import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DomainEvent } from "../../src/modules/ports";
import { bearer, newDevice, proofHeader, startService, type TestService } from "../helpers/service";

/** Two instances on one PostgreSQL, in one process. */
let first: TestService;
let second: TestService;

beforeAll(async () => {
  first = await startService();
  await first.addUser("ada");
  second = await first.another();
});
afterAll(async () => {
  await second.close();
  await first.close();
});

const me = async (at: TestService, token: string) =>
  (await at.call("/api/auth/me", { headers: bearer(token) })).status;

describe("two instances on one database", () => {
  it("each take the other's tokens", async () => {
    const { access_token, refresh_token } = await first.signIn("ada");
    expect(await me(second, access_token)).toBe(200);
    const refreshed = await second.call("/api/auth/refresh-token", { json: { refresh_token } });
    expect(await me(first, String(refreshed.body.access_token))).toBe(200);
  });

  it("a sign-out at one is refused by the other at the next call, though that has just answered for it", async () => {
    for (let round = 0; round < 20; round += 1) {
      const { access_token, refresh_token } = await first.signIn("ada");
      expect(await me(second, access_token)).toBe(200);
      await first.call("/api/auth/logout", { json: { refresh_token } });
      expect(await me(second, access_token)).toBe(401);
    }
  });

  it("an account that is closed at one is refused by the other at the next call", async () => {
    await first.addUser("ben");
    const { access_token } = await second.signIn("ben");
    expect(await me(second, access_token)).toBe(200);
    await first.container.accounts.disable("ben");
    expect(await me(second, access_token)).toBe(401);
  });

  it("fifty refreshes of one token over both leave one successor", async () => {
    const { refresh_token } = await first.signIn("ada");
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? first : second).call("/api/auth/refresh-token", { json: { refresh_token } }),
      ),
    );
    const successors = new Set(answers.flatMap(({ body }) => body.refresh_token ?? []));
    expect(successors.size).toBe(1);
  });

  it("counts wrong passwords of both together", async () => {
    await first.addUser("cleo");
    const wrong = async (at: TestService) => {
      const ticket = await at.call("/api/auth/get_t");
      return at.call("/api/auth/login", { json: { t: ticket.body.t, username: "cleo", password: "wrong" } });
    };
    const statuses: number[] = [];
    for (let index = 0; index < 6; index += 1) {
      statuses.push((await wrong(index % 2 === 0 ? first : second)).status);
    }
    expect(statuses).toContain(429);
  });
});

describe("two instances that count and remember together", () => {
  it("a proof that one has accepted is refused by the other", async () => {
    const device = await newDevice();
    for (let round = 0; round < 5; round += 1) {
      const headers = await proofHeader(device, "GET", "/api/auth/get_t", undefined);
      const answers = await Promise.all(
        [first, second, first, second].map((at) => at.call("/api/auth/get_t", { headers })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
    }
  });

  it("a limit of tickets is one limit", async () => {
    const settings = { LIMIT_TICKETS: "10" };
    const [one, other] = await Promise.all([first.another(settings), first.another(settings)]);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        (index % 2 === 0 ? one : other).call("/api/auth/get_t", { address: "198.51.100.7" }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    await one.close();
    await other.close();
  });

  it("a key that one makes is known to the other at the next call", async () => {
    await first.container.keys.rotate("sig", 0);
    await expect.poll(() => first.container.keys.publicJwks().keys.length).toBe(2);
    const { access_token } = await first.signIn("ada");
    expect(await me(second, access_token)).toBe(200);
  });

  it("refuse to start with another secret of the same id, and say so", async () => {
    const SECRETS = `1:${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url")}`;
    await expect(first.another({ SECRETS })).rejects.toThrow("Secret 1 in SECRETS is another one");
  });

  it("each show a set-up link that the other leaves alone", async () => {
    const empty = await startService();
    const other = await empty.another();
    const secrets = [await empty.container.setupLink.renew(), await other.container.setupLink.renew()];
    await other.close();
    const [own, ofOther] = await Promise.all(
      secrets.map((secret) =>
        empty.call("/api/setup", { json: { token: secret, username: "ada", password: "a" } }),
      ),
    );
    expect([own?.body.error, ofOther?.body.error]).not.toContain(undefined);
    expect(own?.body.error).not.toBe("setup_closed");
    await empty.close();
  });

  it("one of them does the housekeeping, and the other when that one has stopped", async () => {
    const [one, other] = await Promise.all([first.another(), first.another()]);
    const hold = (at: TestService) => at.container.lease.hold("tests", 100);
    expect(await hold(one)).toBe(true);
    expect(await hold(other)).toBe(false);
    expect(await hold(one)).toBe(true);
    await one.close();
    expect(await hold(other)).toBe(true);
    await other.close();
  });
});

describe("what one instance commits", () => {
  /** Events at an instance from now on. */
  function hearing(at: TestService) {
    const heard: DomainEvent[] = [];
    const stop = at.container.events.subscribe((event) => heard.push(event));
    return { heard, stop };
  }

  it("is heard by the other, once, and not sent back", async () => {
    const { session_id, refresh_token } = await first.signIn("ada");
    const here = hearing(first);
    const there = hearing(second);
    await first.call("/api/auth/logout", { json: { refresh_token } });
    const ends = ({ heard }: typeof there) =>
      heard.filter((event) => event.type === "session_ended" && event.sessionId === session_id).length;
    await expect.poll(() => ends(there)).toBe(1);
    // A message that went back and forth would be here by now.
    await first.container.accounts.disable("ben");
    await expect.poll(() => there.heard.some(({ type }) => type === "account_changed")).toBe(true);
    expect([ends(here), ends(there)]).toEqual([1, 1]);
    here.stop();
    there.stop();
  });

  it("is looked for by one statement at a time, also where many begin to wait meanwhile", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on("warning", note);
    for (let round = 0; round < 30; round += 1) {
      const awaited = second.container.awaitedRows.add({ kind: "qr", id: `code ${round}` });
      await new Promise((resolve) => setImmediate(resolve));
      awaited.stop();
    }
    await second.container.awaitedRows.add({ kind: "qr", id: "last" }).isSeen;
    process.off("warning", note);
    expect(warnings).toEqual([]);
  });

  it("is found within about a second by who waits for it, though nothing was sent", async () => {
    const { session_id, access_token } = await second.signIn("ada");
    expect(await me(first, access_token)).toBe(200);
    const { id: userId } = await second.container.accounts
      .findByUsername("ada")
      .then((row) => row ?? { id: "" });
    const awaited = second.container.awaitedRows.add({ kind: "session", id: session_id, userId });
    await awaited.isSeen;
    const there = hearing(second);
    // As by the operator's hand.
    await endByHand(session_id);
    await expect
      .poll(() => there.heard, { timeout: 15_000 })
      .toContainEqual({
        type: "session_ended",
        sessionId: session_id,
        userId,
      });
    awaited.stop();
    there.stop();
  });
});

describe("an instance of an older version", () => {
  it("goes on while a newer one has migrated the database, and does not start on it again", async () => {
    const old = await startService();
    await old.addUser("ada");
    const device = await newDevice();
    const { refresh_token, access_token } = await old.signIn("ada");
    // On several connections, which have prepared what returns whole rows.
    const many = () => Promise.all(Array.from({ length: 20 }, () => me(old, access_token)));
    expect(new Set(await many())).toEqual(new Set([200]));
    await onDatabaseOf(
      old,
      `ALTER TABLE "Session" ADD COLUMN "ofLater" TIMESTAMP(3) NOT NULL DEFAULT '1970-01-01';
       ALTER TABLE "User" ADD COLUMN "ofLater" TEXT;
       CREATE INDEX "ofLater" ON "Session"("endedAt", "ofLater");
       INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "finished_at")
       VALUES ('later', 'x', '20991231235959_of_later', now())`,
    );
    expect(new Set(await many())).toEqual(new Set([200]));
    expect((await old.call("/api/auth/refresh-token", { json: { refresh_token } })).status).toBe(200);
    expect((await old.signIn("ada", device)).token_type).toBe("DPoP");
    expect((await old.call("/api/ready")).status).toBe(200);
    await expect(old.another()).rejects.toThrow("20991231235959_of_later");
    await old.close();
  });
});

function endByHand(sessionId: string): Promise<void> {
  return onDatabaseOf(
    first,
    `UPDATE "Session" SET "endedAt" = now(), "endReason" = 'revoked' WHERE "id" = '${sessionId}'`,
  );
}

async function onDatabaseOf(service: TestService, sql: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrlOf(service) });
  await client.connect();
  await client.query(sql);
  await client.end();
}

function databaseUrlOf({ container }: TestService): string {
  const { storage } = container.environment;
  return storage.kind === "postgres" ? storage.url : "";
}
