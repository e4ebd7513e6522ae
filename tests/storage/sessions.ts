import { describe, expect, it } from "vitest";
import { type SessionStore, SUPERSEDED_TEXT_LENGTH } from "../../src/modules/sessions";
import { DAY_IN_MS, later, now, type OpenStorage, race, tally, useStorage } from "./open-storage";
import { account, addAda, session } from "./rows";

type RotationRequest = Parameters<SessionStore["rotate"]>[0];

function rotation(sessionId: string, changes: Partial<RotationRequest> = {}): RotationRequest {
  return {
    sessionId,
    counter: 0,
    nextCounter: 1,
    clientId: "countersign",
    keyThumbprint: null,
    now,
    supersededEntries: "000000001",
    ...changes,
  };
}

export function sessionPromises(open: OpenStorage): void {
  describe("the store of sessions", () => {
    const storage = useStorage(open);
    const add = async (id: string, changes = {}) => storage.stores.sessions.insert(session(id, changes));

    it("returns a session as it was inserted, and the account behind it while that is open", async () => {
      await addAda(storage.stores);
      const { sessions, accounts } = storage.stores;
      const row = session("s", {
        keyThumbprint: "key",
        device: { browser: "Firefox 131", os: "Windows" },
        address: "192.0.2.1",
        factors: ["qr", "pwd"],
        authenticatedAt: later(5),
        approvedBy: "phone",
      });
      await sessions.insert(row);
      expect(await sessions.find("s")).toEqual(row);
      const user = { id: "ada", username: "ada", displayName: "ada", roles: ["user"] };
      expect(await sessions.findPrincipal("s")).toEqual({ user, session: row });
      await accounts.disable("ada", now, "stays");
      expect(await sessions.findPrincipal("s")).toBeUndefined();
      expect(await sessions.findPrincipal("another")).toBeUndefined();
    });

    it("refuses a session of no account, and a second one of the same id", async () => {
      await expect(add("s")).rejects.toMatchObject({ code: "temporarily_unavailable" });
      await addAda(storage.stores);
      await add("s");
      await expect(add("s")).rejects.toThrow();
    });

    it("rotates for one of fifty who present the same token", async () => {
      await addAda(storage.stores);
      await add("s", { idleLifetimeInSeconds: 3600 });
      const rotated = await race(storage, 50, ({ sessions }) =>
        sessions.rotate(rotation("s", { now: later(7) })),
      );
      expect(rotated.filter((row) => row !== undefined)).toMatchObject([
        {
          id: "s",
          counter: 1,
          supersededAt: "000000001",
          lastActiveAt: later(7),
          idleExpiresAt: later(3_600_007),
        },
      ]);
    });

    it("answers each rotation of one turn with its own row, also beside one that is refused", async () => {
      await addAda(storage.stores);
      const ids = Array.from({ length: 50 }, (_, index) => `s${index}`);
      for (const id of ids) await add(id, { keyThumbprint: `key of ${id}` });
      const requests = ids.flatMap((id) => [
        // A thief without the key, in the same turn as the owner: before it and after it.
        rotation(id, { keyThumbprint: "key of another" }),
        rotation(id, { keyThumbprint: `key of ${id}` }),
        rotation(id),
      ]);
      const rows = await Promise.all(requests.map((request) => storage.stores.sessions.rotate(request)));
      expect(rows.map((row) => row?.id)).toEqual(ids.flatMap((id) => [undefined, id, undefined]));
    });

    it.each([
      ["of another counter", { counter: 1 }],
      ["by another client", { clientId: "another" }],
      ["by another key", { keyThumbprint: "another" }],
      ["without the key", { keyThumbprint: null }],
      ["at the moment its idle time is over", { now: later(DAY_IN_MS) }],
    ])("rotates no session %s", async (_, changes) => {
      await addAda(storage.stores);
      await add("s", { keyThumbprint: "key" });
      const { sessions } = storage.stores;
      const right = rotation("s", { keyThumbprint: "key" });
      expect(await sessions.rotate({ ...right, ...changes })).toBeUndefined();
      expect((await sessions.find("s"))?.counter).toBe(0);
      expect(await sessions.rotate({ ...right, now: later(DAY_IN_MS - 1) })).toBeDefined();
    });

    it("rotates no session that has ended, nor at the moment of its absolute end", async () => {
      await addAda(storage.stores);
      const { sessions } = storage.stores;
      await add("short", { expiresAt: later(10) });
      expect(await sessions.rotate(rotation("short", { now: later(10) }))).toBeUndefined();
      expect(await sessions.rotate(rotation("short", { now: later(9) }))).toBeDefined();
      await add("ended");
      await sessions.end("ended", "revoked", now);
      expect(await sessions.rotate(rotation("ended"))).toBeUndefined();
    });

    it("keeps so many superseded times", async () => {
      await addAda(storage.stores);
      const { sessions } = storage.stores;
      await add("s", { supersededAt: "1".repeat(SUPERSEDED_TEXT_LENGTH) });
      const row = await sessions.rotate(rotation("s"));
      expect(row?.supersededAt.startsWith("0000000011")).toBe(true);
      expect(row?.supersededAt).toHaveLength(SUPERSEDED_TEXT_LENGTH);
    });

    it("is ended by one of fifty, who alone is given it, and keeps the first reason", async () => {
      await addAda(storage.stores);
      await add("s", { keyThumbprint: "key" });
      const ended = await race(storage, 50, ({ sessions }, index) =>
        sessions.end("s", index < 25 ? "revoked" : "signed_out", later(index)),
      );
      const winners = ended.flatMap((row, index) => (row ? [index] : []));
      expect(ended.filter((row) => row !== undefined)).toEqual([{ id: "s", keyThumbprint: "key" }]);
      expect(await storage.stores.sessions.find("s")).toMatchObject({
        endReason: Number(winners[0]) < 25 ? "revoked" : "signed_out",
        endedAt: later(Number(winners[0])),
      });
      const stepUp = { sessionId: "s", from: ["pwd"], to: ["pwd"], now } as const;
      expect(await storage.stores.sessions.stepUp(stepUp)).toBe(false);
    });

    it("is stepped up by one of fifty who saw the same factors", async () => {
      await addAda(storage.stores);
      await add("s", { factors: ["qr"] });
      const steps = await race(storage, 50, ({ sessions }, index) =>
        sessions.stepUp({ sessionId: "s", from: ["qr"], to: ["qr", "pwd"], now: later(index) }),
      );
      expect(tally(steps)).toEqual({ true: 1, false: 49 });
      expect(await storage.stores.sessions.find("s")).toMatchObject({
        factors: ["qr", "pwd"],
        authenticatedAt: later(steps.indexOf(true)),
      });
    });

    it("ends all of a user who is to be deleted then, and none for another time or once that is taken back", async () => {
      const { accounts, sessions } = storage.stores;
      await addAda(storage.stores);
      await add("a");
      const dueAt = later(60);
      expect(await sessions.endAllBeforeDeletion("ada", dueAt, now)).toEqual([]);
      await accounts.askDeletion("ada", { now, dueAt }, []);
      expect(await sessions.endAllBeforeDeletion("ada", later(61), now)).toEqual([]);
      expect(await sessions.endAllBeforeDeletion("ada", dueAt, now)).toMatchObject([{ id: "a" }]);
      await accounts.takeDeletionBack("ada", { now, dueAt }, []);
      await add("b");
      expect(await sessions.endAllBeforeDeletion("ada", dueAt, now)).toEqual([]);
    });

    it("ends all of a user but some, and all of a client, each once", async () => {
      await addAda(storage.stores);
      await storage.stores.accounts.insert(account("bob"), "none");
      for (const id of ["a", "b", "c", "ab"]) await add(id);
      await add("of bob", { userId: "bob", clientId: "tv" });
      const ended = await race(storage, 10, ({ sessions }) =>
        sessions.endAllOfUser("ada", ["b", "ab", "x"], "password_changed", now),
      );
      expect(
        ended
          .flat()
          .map(({ id }) => id)
          .sort(),
      ).toEqual(["a", "c"]);
      const { sessions } = storage.stores;
      expect((await sessions.listLiveOfUser("ada", now)).map(({ id }) => id)).toEqual(["ab", "b"]);
      expect(await sessions.endAllOfUser("ada", ["ab"], "revoked", now)).toMatchObject([{ id: "b" }]);
      expect(await sessions.endAllOfUser("ada", [], "revoked", now)).toMatchObject([{ id: "ab" }]);
      const ofClient = await sessions.endAllOfClient("tv", "client_removed", now);
      expect(ofClient).toEqual([{ id: "of bob", userId: "bob", keyThumbprint: null }]);
      expect(await sessions.endAllOfClient("tv", "client_removed", now)).toEqual([]);
    });

    it("ends expired ones, so many at a time and each once, and no live one", async () => {
      await addAda(storage.stores);
      await add("live", { idleExpiresAt: later(100), expiresAt: later(100) });
      await add("idle", { idleExpiresAt: later(99), expiresAt: later(200) });
      await add("over", { idleExpiresAt: later(200), expiresAt: later(98) });
      await add("ended", { idleExpiresAt: later(1), expiresAt: later(1) });
      await storage.stores.sessions.end("ended", "revoked", now);
      const ended = await race(storage, 10, ({ sessions }) =>
        sessions.endExpiredBefore(later(100), 1, later(1000)),
      );
      // Where all of them chose the same one, the other is left for the next round.
      ended.push(await storage.stores.sessions.endExpiredBefore(later(100), 1, later(1000)));
      expect(ended.every((rows) => rows.length <= 1)).toBe(true);
      expect(ended.flat().sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
        { id: "idle", userId: "ada", expiredAt: later(99) },
        { id: "over", userId: "ada", expiredAt: later(98) },
      ]);
      const { sessions } = storage.stores;
      expect(await sessions.find("idle")).toMatchObject({ endReason: "expired", endedAt: later(1000) });
      expect(await sessions.find("live")).toMatchObject({ endReason: null, endedAt: null });
      expect(await sessions.find("ended")).toMatchObject({ endReason: "revoked", endedAt: now });
    });

    it("finds one that was refreshed when it was due at the end that it has now", async () => {
      await addAda(storage.stores);
      const { sessions } = storage.stores;
      await add("refreshed", {
        idleExpiresAt: later(10),
        expiresAt: later(500_000),
        idleLifetimeInSeconds: 100,
      });
      const request = { sessionId: "refreshed", counter: 0, nextCounter: 1, supersededEntries: "" };
      const by = { clientId: "countersign", keyThumbprint: null };
      expect(await sessions.rotate({ ...request, ...by, now: later(5) })).toBeDefined();
      expect(await sessions.endExpiredBefore(later(50), 10, later(50))).toEqual([]);
      expect(await sessions.endExpiredBefore(later(100_004), 10, later(100_004))).toEqual([]);
      const ended = await sessions.endExpiredBefore(later(100_006), 10, later(100_006));
      expect(ended).toEqual([{ id: "refreshed", userId: "ada", expiredAt: later(100_005) }]);
    });

    it("deletes thousands of dead ones, and none that lives", async () => {
      await addAda(storage.stores);
      const { sessions } = storage.stores;
      await Promise.all(Array.from({ length: 1500 }, (_, index) => add(`dead ${index}`)));
      await add("live", { expiresAt: later(100_000) });
      await sessions.endAllOfUser("ada", ["live"], "revoked", now);
      expect(await sessions.deleteDeadBefore(later(1))).toBe(1500);
      expect(await sessions.find("live")).toBeDefined();
    });

    it("lists the live ones, most recently active first and those of one moment by their id", async () => {
      await addAda(storage.stores);
      await add("b");
      await add("a");
      await add("newest", { lastActiveAt: later(1) });
      await add("idle", { idleExpiresAt: later(60) });
      await add("expired", { expiresAt: later(60) });
      const ids = async (at: Date) =>
        (await storage.stores.sessions.listLiveOfUser("ada", at)).map(({ id }) => id);
      expect(await ids(later(59))).toEqual(["newest", "a", "b", "expired", "idle"]);
      expect(await ids(later(60))).toEqual(["newest", "a", "b"]);
    });

    it("sweeps only what ended or expired before", async () => {
      await addAda(storage.stores);
      const { sessions } = storage.stores;
      await add("live");
      await add("expired", { expiresAt: later(-1) });
      await add("expires now", { expiresAt: now });
      await add("ended", { endedAt: later(-1), endReason: "revoked" });
      await add("ends now", { endedAt: now, endReason: "revoked" });
      expect(await sessions.deleteDeadBefore(now)).toBe(2);
      const found = await Promise.all(
        ["live", "expired", "expires now", "ended", "ends now"].map(
          async (id) => !!(await sessions.find(id)),
        ),
      );
      expect(found).toEqual([true, false, true, false, true]);
      expect(tally(await race(storage, 2, (stores) => stores.sessions.deleteDeadBefore(now)))).toEqual({
        0: 2,
      });
    });
  });
}
