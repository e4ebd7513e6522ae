import { describe, expect, it } from "vitest";
import { later, now, type OpenStorage, race, tally, useStorage } from "./open-storage";
import { account } from "./rows";

export const mail = (id: string, changes: object = {}) => ({
  ...{ id, kind: "test", recipient: "ada@example.com", locale: "en", sealedData: "sealed", tries: 0 },
  ...{ createdAt: now, dueAt: now, expiresAt: later(1000) },
  ...changes,
});

/** Mails that wait, and how they come with the change that they tell of. */
export function mailPromises(open: OpenStorage): void {
  describe("a change that is followed by rows", () => {
    const storage = useStorage(open);
    const rename = (to: string, id: string, rows = [mail(to)]) =>
      storage.driver.followedBy("OutgoingMail", rows).changes`
        UPDATE "User" SET "displayName" = ${to} WHERE "id" = ${id}`;
    const mails = async () =>
      (await storage.driver.rows<{ id: string }>`SELECT "id" FROM "OutgoingMail" ORDER BY "id"`).map(
        ({ id }) => id,
      );

    it("inserts them with it, and not where it changed nothing", async () => {
      await storage.stores.accounts.insert(account("ada"), "none");
      expect(await rename("a", "ada", [mail("a"), mail("b")])).toBe(1);
      expect(await rename("c", "nobody")).toBe(0);
      expect(await mails()).toEqual(["a", "b"]);
    });

    it("does neither where a row cannot be stored, and the others of its turn are done", async () => {
      await storage.stores.accounts.insert(account("ada"), "none");
      await storage.stores.accounts.insert(account("ben"), "none");
      const broken = { ...mail("a"), kind: null as unknown as string };
      const outcomes = await Promise.allSettled([
        rename("b", "ben"),
        rename("a", "ada", [mail("before it"), broken]),
        rename("c", "ben"),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect((await storage.stores.accounts.find("ada"))?.displayName).toBe("ada");
      expect(await mails()).toEqual(["b", "c"]);
    });

    it("does neither where a row of its key exists", async () => {
      await storage.stores.accounts.insert(account("ada"), "none");
      expect(await rename("a", "ada")).toBe(1);
      const outcome = await rename("b", "ada", [mail("b"), mail("a")]).catch((error: unknown) => error);
      expect(storage.driver.isUniqueViolation(outcome)).toBe(true);
      expect((await storage.stores.accounts.find("ada"))?.displayName).toBe("a");
      expect(await mails()).toEqual(["a"]);
    });

    it("stores no NUL in either", async () => {
      await storage.stores.accounts.insert(account("ada"), "none");
      await expect(rename("\0", "ada", [mail("a")])).rejects.toThrow("NUL");
      await expect(rename("b", "ada", [mail("b\0")])).rejects.toThrow("NUL");
      expect(await mails()).toEqual([]);
      expect((await storage.stores.accounts.find("ada"))?.displayName).toBe("ada");
    });
  });

  describe("the store of outgoing mails", () => {
    const storage = useStorage(open);
    const add = (id: string, changes: object = {}) =>
      storage.driver.insert("OutgoingMail", mail(id, changes));
    const due = async (kinds: readonly "test"[] = ["test"]) => {
      const wanted = { kinds, now, latestDueAt: later(500), limit: 10 };
      return (await storage.stores.mails.listDue(wanted)).map(({ id }) => id);
    };

    it("lists what is due and of use, the longest due first, and what no clock can have put off so far", async () => {
      await add("second");
      await add("first", { dueAt: later(-1) });
      await add("not yet", { dueAt: later(1) });
      await add("by a clock that was ahead", { dueAt: later(501) });
      await add("of no use any more", { expiresAt: now });
      await add("of another kind", { kind: "another" });
      expect(await due()).toEqual(["first", "second", "by a clock that was ahead"]);
      expect(await due([])).toEqual([]);
    });

    it("is claimed by one of fifty, until then, and by the next one after it", async () => {
      await add("a");
      const answers = await race(storage, 50, ({ mails }) => mails.claim(mail("a"), later(100)));
      expect(tally(answers)).toEqual({ true: 1, false: 49 });
      expect(await due()).toEqual([]);
      expect(await storage.stores.mails.claim(mail("a", { tries: 1 }), later(200))).toBe(true);
    });

    it("is put off by the one who claimed it last only", async () => {
      await add("a");
      const { mails } = storage.stores;
      await mails.claim(mail("a"), later(100));
      await mails.claim(mail("a", { tries: 1 }), later(200));
      await mails.postpone(mail("a", { tries: 1 }), now);
      expect(await due()).toEqual([]);
      await mails.postpone(mail("a", { tries: 2 }), now);
      expect(await due()).toEqual(["a"]);
      await mails.remove("a");
      expect(await due()).toEqual([]);
    });

    it("sweeps what is of no use any more", async () => {
      await add("a", { expiresAt: now });
      await add("b", { expiresAt: later(1) });
      expect(await storage.stores.mails.deleteExpiredBefore(now)).toBe(1);
      expect(await due()).toEqual(["b"]);
    });
  });
}
