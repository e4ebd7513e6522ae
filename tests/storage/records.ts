import { beforeEach, describe, expect, it } from "vitest";
import type { AuditRecord } from "../../src/modules/audit";
import { later, now, type OpenStorage, race, tally, useStorage } from "./open-storage";
import { account, client, session } from "./rows";

/** Stores of one or two statements each. */
export function recordPromises(open: OpenStorage): void {
  describe("the store of clients", () => {
    const storage = useStorage(open);

    it("registers an id once and removes it once, of fifty who try", async () => {
      const added = await race(storage, 50, ({ clients }) => clients.insert(client("tv"), null));
      expect(tally(added)).toEqual({ true: 1, false: 49 });
      expect(await storage.stores.clients.find("tv")).toEqual(client("tv"));
      const removed = await race(storage, 50, async ({ clients }) => (await clients.remove("tv", null))?.id);
      expect(tally(removed)).toEqual({ tv: 1, undefined: 49 });
      expect(await storage.stores.clients.find("tv")).toBeUndefined();
    });

    it("lists clients by their id", async () => {
      for (const id of ["b", "c", "a"]) await storage.stores.clients.insert(client(id), null);
      expect((await storage.stores.clients.list()).map(({ id }) => id)).toEqual(["a", "b", "c"]);
    });
  });

  describe("the store of clients, changed by administrators", () => {
    const storage = useStorage(open);
    const olive = { id: "olive", roles: ["owner"] } as const;
    beforeEach(async () => {
      await storage.stores.accounts.insert(account("olive", { roles: ["owner"] }), "none");
    });

    it("takes one of fifty changes of what was read, and counts it", async () => {
      await storage.stores.clients.insert(client("tv"), olive);
      const changed = await race(storage, 50, ({ clients }, index) =>
        clients.replace(client("tv", { name: `name ${index}` }), olive),
      );
      expect(tally(changed)).toEqual({ true: 1, false: 49 });
      expect(await storage.stores.clients.find("tv")).toMatchObject({ revision: 1 });
    });

    it("does nothing for somebody who is disabled, has other roles than were read, or is gone", async () => {
      const { accounts, clients } = storage.stores;
      await clients.insert(client("tv"), null);
      const others = [
        { id: "olive", roles: ["admin"] },
        { id: "nobody", roles: ["owner"] },
      ];
      await accounts.insert(account("gone", { roles: ["owner"] }), "none");
      await accounts.disable("gone", now, "may_go");
      for (const by of [...others, { id: "gone", roles: ["owner"] }]) {
        expect(await clients.insert(client("radio"), by)).toBe(false);
        expect(await clients.replace(client("tv", { name: "other" }), by)).toBe(false);
        expect(await clients.remove("tv", by)).toBeUndefined();
      }
      expect(await clients.list()).toEqual([client("tv")]);
    });

    it("says how many use each: by its own sessions, and by those that began at its pages, while they live", async () => {
      const { accounts, clients, sessions } = storage.stores;
      await accounts.insert(account("ada"), "none");
      await accounts.insert(account("bob"), "none");
      await sessions.insert(session("1", { clientId: "tv" }));
      await sessions.insert(session("2", { clientId: "tv" }));
      await sessions.insert(session("3", { clientId: "tv", userId: "bob" }));
      await sessions.insert(session("4", { applicationId: "wiki" }));
      await sessions.insert(session("5"));
      await sessions.insert(session("6", { clientId: "old", expiresAt: now }));
      await sessions.insert(session("7", { clientId: "idle", idleExpiresAt: now }));
      await sessions.insert(session("8", { clientId: "ended", endedAt: now, endReason: "revoked" }));
      const uses = await clients.listUse(now);
      expect(uses.toSorted((a, b) => a.clientId.localeCompare(b.clientId))).toEqual([
        { clientId: "tv", people: 2, sessions: 3 },
        { clientId: "wiki", people: 1, sessions: 1 },
      ]);
      expect(await sessions.endAllOfClient("wiki", "client_removed", now)).toMatchObject([{ id: "4" }]);
      expect(await sessions.endAllOfClient("tv", "client_removed", now)).toHaveLength(3);
    });

    it("notes the latest use, whichever comes first", async () => {
      const { clients } = storage.stores;
      await clients.insert(client("tv"), null);
      for (const at of [later(60_000), now, later(120_000), later(90_000)]) await clients.noteUse("tv", at);
      expect(await clients.find("tv")).toMatchObject({ lastUsedAt: later(120_000), revision: 0 });
    });
  });

  describe("the store of codes for protected sites", () => {
    const storage = useStorage(open);
    const code = { codeHash: "hash", site: "https://wiki.test", state: "state" };
    const within = (at: Date) => ({ after: at, until: later(60) });
    const add = () => storage.stores.siteCodes.insert({ ...code, sessionId: "s", expiresAt: later(60) });

    it("gives the session to one of fifty who present the code", async () => {
      await add();
      const answers = await race(storage, 50, ({ siteCodes }) => siteCodes.consume(code, within(now)));
      expect(tally(answers)).toEqual({ s: 1, undefined: 49 });
    });

    it("uses up no code that is presented for another site or hand-over, too late, or from a clock ahead", async () => {
      await add();
      const { siteCodes } = storage.stores;
      expect(await siteCodes.consume({ ...code, site: "https://mail.test" }, within(now))).toBeUndefined();
      expect(await siteCodes.consume({ ...code, state: "another" }, within(now))).toBeUndefined();
      expect(await siteCodes.consume(code, within(later(60)))).toBeUndefined();
      expect(await siteCodes.consume(code, { after: later(-9), until: later(59) })).toBeUndefined();
      expect(await siteCodes.consume(code, within(later(59)))).toBe("s");
    });

    it("sweeps only codes that expired before", async () => {
      await add();
      expect(await storage.stores.siteCodes.deleteExpiredBefore(later(60))).toBe(0);
      expect(await storage.stores.siteCodes.deleteExpiredBefore(later(61))).toBe(1);
    });
  });

  describe("the store of used proofs", () => {
    const storage = useStorage(open);

    it("takes a proof once of fifty times, lists those since a time and sweeps those before it", async () => {
      const answers = await race(storage, 50, ({ usedProofs }) =>
        usedProofs.insert({ digest: "a", issuedAt: now }),
      );
      expect(tally(answers)).toEqual({ true: 1, false: 49 });
      const { usedProofs } = storage.stores;
      await usedProofs.insert({ digest: "b", issuedAt: later(-1) });
      expect(await usedProofs.listIssuedSince(now)).toEqual([{ digest: "a", issuedAt: now }]);
      expect(await usedProofs.deleteIssuedBefore(now)).toBe(1);
      expect(await usedProofs.listIssuedSince(later(-9))).toHaveLength(1);
    });
  });

  describe("the store of set-up links", () => {
    const storage = useStorage(open);

    it("keeps one for each instance, until the moment it expires or is removed", async () => {
      const { setupLinks } = storage.stores;
      await setupLinks.add("a", later(60));
      await setupLinks.add("b", later(90));
      expect(await setupLinks.isPresent("a", later(59))).toBe(true);
      expect(await setupLinks.isPresent("a", later(60))).toBe(false);
      await setupLinks.remove(null, later(60));
      expect(await setupLinks.isPresent("a", now)).toBe(false);
      expect(await setupLinks.isPresent("b", now)).toBe(true);
      await setupLinks.remove("b", now);
      expect(await setupLinks.isPresent("b", now)).toBe(false);
    });
  });

  describe("the store of the audit trail", () => {
    const storage = useStorage(open);
    const record = (id: string, at: Date, changes: Partial<AuditRecord> = {}): AuditRecord => ({
      id,
      at,
      type: "signed_in",
      userId: "ada",
      sessionId: null,
      address: null,
      actorId: null,
      detail: { name: `O'Brien "\0" 👩‍🔬`, bound: true, count: 1, none: null },
      ...changes,
    });

    it("lists a user's events of some types, newest first and no more than asked for", async () => {
      const { audit } = storage.stores;
      const ids = async (since: Date, limit: number) =>
        (await audit.listOfUser("ada", ["signed_in", "device_mismatch"], since, limit)).map(({ id }) => id);
      for (const [index, id] of ["1", "3", "2"].entries()) await audit.insert(record(id, later(index % 2)));
      await audit.insert(record("4", later(9), { type: "stepped_up" }));
      await audit.insert(record("5", later(9), { userId: "bob" }));
      expect(await ids(now, 9)).toEqual(["3", "2", "1"]);
      expect(await ids(now, 2)).toEqual(["3", "2"]);
      expect(await ids(later(1), 9)).toEqual(["3"]);
      expect(await audit.listOfUser("ada", ["signed_in"], later(1), 1)).toEqual([record("3", later(1))]);
      expect(await audit.deleteBefore(later(1), 1)).toBe(1);
      expect(await audit.deleteBefore(later(1), 9)).toBe(1);
      expect(await ids(now, 9)).toEqual(["3"]);
    });
  });

  describe("the store of the audit trail, for the operator", () => {
    const storage = useStorage(open);

    it("lists events of all or of one user, of all or of some types, newest first and no more than asked for", async () => {
      const { audit } = storage.stores;
      const add = (id: string, seconds: number, type: AuditRecord["type"], userId: string | null) =>
        audit.insert({
          ...{ id, at: later(seconds), type, userId },
          ...{ sessionId: null, address: null, actorId: null, detail: {} },
        });
      await add("1", 0, "signed_in", "ada");
      await add("2", 1, "stepped_up", "ada");
      await add("4", 2, "signed_in", "bob");
      await add("3", 2, "session_ended", null);
      const ids = async (wanted: Partial<Parameters<typeof audit.list>[0]>) =>
        (await audit.list({ since: now, limit: 9, ...wanted })).map(({ id }) => id).join(" ");
      expect(await ids({})).toBe("4 3 2 1");
      expect(await ids({ limit: 2 })).toBe("4 3");
      expect(await ids({ since: later(1) })).toBe("4 3 2");
      expect(await ids({ userId: "ada" })).toBe("2 1");
      expect(await ids({ types: ["signed_in"] })).toBe("4 1");
      expect(await ids({ types: ["stepped_up", "session_ended"] })).toBe("3 2");
      expect(await ids({ types: ["signed_in", "stepped_up"], userId: "bob" })).toBe("4");
      expect(await ids({ until: later(2) })).toBe("2 1");
      expect(await ids({ after: { at: later(2), id: "4" } })).toBe("3 2 1");
      expect(await ids({ after: { at: later(2), id: "3" }, until: later(1) })).toBe("1");
      expect(await ids({ after: { at: later(1), id: "2" }, types: ["signed_in", "stepped_up"] })).toBe("1");
      await audit.rewrite({ id: "1", address: "192.0.2.1", detail: { reason: "x" } });
      expect(await audit.list({ userId: "ada", types: ["signed_in"], limit: 1 })).toMatchObject([
        { id: "1", address: "192.0.2.1", detail: { reason: "x" } },
      ]);
    });
  });

  describe("the store of acknowledged notices", () => {
    const storage = useStorage(open);

    it("keeps one of each user and notice, and sweeps those before a time", async () => {
      const { acknowledgements } = storage.stores;
      await race(storage, 50, (stores) =>
        stores.acknowledgements.insert({ userId: "ada", noticeId: "n", acknowledgedAt: now }),
      );
      await acknowledgements.insert({ userId: "ada", noticeId: "old", acknowledgedAt: later(-1) });
      await acknowledgements.insert({ userId: "bob", noticeId: "n", acknowledgedAt: now });
      expect(await acknowledgements.listOfUser("ada", now)).toEqual(["n"]);
      expect(await acknowledgements.deleteBefore(now)).toBe(1);
      expect((await acknowledgements.listOfUser("ada", later(-9))).sort()).toEqual(["n"]);
    });
  });
}
