import { describe, expect, it } from "vitest";
import { DELETION_HAS_BEGUN } from "../../src/modules/accounts";
import { mail } from "./mails";
import { DAY_IN_MS, later, now, type OpenStorage, race, tally, useStorage } from "./open-storage";
import { account, addAda } from "./rows";

const dueAt = later(7 * DAY_IN_MS);

export function deletionPromises(open: OpenStorage): void {
  describe("the store of accounts, as they go", () => {
    const storage = useStorage(open);
    const mails = async () =>
      (await storage.driver.rows<{ id: string }>`SELECT "id" FROM "OutgoingMail"`).map(({ id }) => id);

    it("closes an account once, of fifty wishes, and stores the mails of that one", async () => {
      await addAda(storage.stores);
      const answers = await race(storage, 50, ({ accounts }, index) =>
        accounts.askDeletion("ada", { now, dueAt }, [mail(`mail ${index}`)]),
      );
      expect(tally(answers)).toEqual({ done: 1, closed: 49 });
      expect(await mails()).toHaveLength(1);
      expect(await storage.stores.accounts.find("ada")).toMatchObject({
        ...{ disabledAt: now, deletionDueAt: dueAt, keepableUntil: dueAt },
      });
    });

    it("leaves an owner, when all of them ask at once", async () => {
      const { accounts } = storage.stores;
      for (const id of ["a", "b", "c"]) await accounts.insert(account(id, { roles: ["owner"] }), "none");
      const answers = await race(storage, 3, (stores, index) =>
        stores.accounts.askDeletion(["a", "b", "c"][index] ?? "", { now, dueAt }, []),
      );
      expect(tally(answers)).toEqual({ done: 2, last_owner: 1 });
    });

    it("takes a wish back or begins the deletion, of fifty of each at once", async () => {
      for (let round = 0; round < 5; round += 1) {
        const id = `ada ${round}`;
        const { accounts } = storage.stores;
        await accounts.insert(account(id), "none");
        await accounts.askDeletion(id, { now, dueAt }, []);
        const seen = await accounts.find(id);
        if (!seen) throw new Error("no account");
        const answers = await race(storage, 100, (stores, index) =>
          index % 2
            ? stores.accounts.takeDeletionBack(id, { now, dueAt }, [])
            : stores.accounts.beginDeletion(seen, []),
        );
        expect(answers.filter(Boolean)).toHaveLength(1);
        const found = await accounts.find(id);
        expect([null, DELETION_HAS_BEGUN]).toContainEqual(found?.deletionDueAt);
        expect(found?.disabledAt === null).toBe(found?.deletionDueAt === null);
      }
    });

    it("takes back that very deletion, in time, and while the account was not disabled besides", async () => {
      const { accounts } = storage.stores;
      await addAda(storage.stores);
      await accounts.askDeletion("ada", { now, dueAt }, []);
      expect(await accounts.takeDeletionBack("ada", { now, dueAt: later(1) }, [])).toBe(false);
      expect(await accounts.takeDeletionBack("ada", { now: dueAt, dueAt }, [])).toBe(false);
      expect(await accounts.disable("ada", later(1), "may_go")).toBe("done");
      expect(await accounts.takeDeletionBack("ada", { now, dueAt }, [])).toBe(false);
      expect(await accounts.find("ada")).toMatchObject({ disabledAt: now, deletionDueAt: dueAt });
      expect(await accounts.enable("ada")).toBe(true);
      expect(await accounts.find("ada")).toMatchObject({ disabledAt: null, deletionDueAt: null });
    });

    it("opens no account whose deletion has begun, and lists it first until it is gone", async () => {
      const { accounts } = storage.stores;
      await addAda(storage.stores);
      await accounts.insert(account("bob"), "none");
      await accounts.insert(account("cleo"), "none");
      for (const [id, at] of [["bob", later(1)] as const, ["ada", later(2)] as const])
        await accounts.askDeletion(id, { now, dueAt: at }, []);
      expect(await accounts.listDeletionDue(now, 10)).toEqual([]);
      const due = await accounts.listDeletionDue(later(2), 10);
      expect(due.map(({ id }) => id)).toEqual(["bob", "ada"]);
      const [, ada] = due;
      if (!ada) throw new Error("no account");
      expect(await accounts.beginDeletion(ada, [mail("first")])).toBe(true);
      const again = await accounts.listDeletionDue(later(2), 1);
      expect(again.map(({ id }) => id)).toEqual(["ada"]);
      for (const one of [ada, ...again])
        expect(await accounts.beginDeletion(one, [mail("second")])).toBe(false);
      expect(await mails()).toEqual(["first"]);
      expect(await accounts.enable("ada")).toBe(false);
      expect(await accounts.takeDeletionBack("ada", { now, dueAt: later(2) }, [])).toBe(false);
      expect(await accounts.takeDeletionBack("ada", { now, dueAt: DELETION_HAS_BEGUN }, [])).toBe(false);
      expect(await accounts.remove("ada")).toBe(true);
      expect((await accounts.listDeletionDue(later(2), 10)).map(({ id }) => id)).toEqual(["bob"]);
    });

    it("removes an account with the record of it, once of fifty", async () => {
      const { accounts, audit } = storage.stores;
      await addAda(storage.stores);
      await accounts.disable("ada", now, "may_go");
      const answers = await race(storage, 50, (stores, index) =>
        stores.accounts.remove("ada", {
          ...{ id: `record ${index}`, at: now, type: "account_removed", userId: "ada", sessionId: null },
          ...{ address: null, actorId: null, detail: {} },
        }),
      );
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await audit.list({ since: new Date(0), limit: 100 })).toHaveLength(1);
    });
  });
}
