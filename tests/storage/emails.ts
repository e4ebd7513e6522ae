import { describe, expect, it } from "vitest";
import { mail } from "./mails";
import { later, now, type OpenStorage, race, tally, useStorage } from "./open-storage";
import { account } from "./rows";

const asked = (userId: string, codeHash = "hash", key = "a@example.com") => ({
  ...{ userId, key, address: key, locale: "en" as const, createdAt: now, codeHash },
  codeExpiresAt: later(100),
});

/** Mail addresses: asked for by many, had by one. */
export function emailPromises(open: OpenStorage): void {
  describe("the store of mail addresses", () => {
    const storage = useStorage(open);
    const addAccounts = async () => {
      for (const id of ["ada", "ben"]) await storage.stores.accounts.insert(account(id), "none");
    };
    const mails = async () =>
      (await storage.driver.rows<{ id: string }>`SELECT "id" FROM "OutgoingMail" ORDER BY "id"`).map(
        ({ id }) => id,
      );

    it("keeps the latest code that was asked for, with its mail, until the address is verified", async () => {
      await addAccounts();
      const { emails } = storage.stores;
      expect(await emails.ask(asked("ada", "one"), 10, [mail("1")])).toBe(true);
      expect(await emails.countTry("ada", "a@example.com", 1, now)).toBe("one");
      expect(await emails.countTry("ada", "a@example.com", 1, now)).toBeUndefined();
      expect(await emails.ask(asked("ada", "two"), 10, [mail("2")])).toBe(true);
      expect(await emails.countTry("ada", "a@example.com", 1, later(100))).toBeUndefined();
      expect(await emails.countTry("ada", "a@example.com", 1, now)).toBe("two");
      expect(await emails.verify(asked("ada", "one"), now, [mail("3")])).toBe(false);
      expect(await emails.verify(asked("ada", "two"), now, [mail("4")])).toBe(true);
      expect(await emails.ask(asked("ada", "three"), 10, [mail("5")])).toBe(false);
      expect(await mails()).toEqual(["1", "2", "4"]);
      expect(await emails.listOf("ada")).toMatchObject([{ address: "a@example.com", verifiedAt: now }]);
    });

    it("has ten addresses of an account, of fifty that are asked for at once, and takes a new code for each of them", async () => {
      await addAccounts();
      const answers = await race(storage, 50, ({ emails }, index) =>
        emails.ask(asked("ada", "hash", `${index}@example.com`), 10, [mail(`${index}`)]),
      );
      expect(tally(answers)).toEqual({ true: 10, false: 40 });
      const own = await storage.stores.emails.listOf("ada");
      expect(own).toHaveLength(10);
      expect(await mails()).toHaveLength(10);
      expect(await storage.stores.emails.ask(asked("ada", "new", own[0]?.key), 10, [])).toBe(true);
      expect(await storage.stores.emails.ask(asked("ben"), 10, [])).toBe(true);
    });

    it("gives an address to one of two accounts, when fifty verify it at once, and only its mails are kept", async () => {
      await addAccounts();
      for (const id of ["ada", "ben"]) await storage.stores.emails.ask(asked(id), 10, []);
      const answers = await race(storage, 50, ({ emails }, index) =>
        emails.verify(asked(index % 2 ? "ada" : "ben"), now, [mail(`${index}`)]),
      );
      expect(tally(answers)).toEqual({ true: 1, false: 49 });
      expect(await mails()).toHaveLength(1);
    });

    it("finds an account by an address that it has verified, and by no other", async () => {
      await addAccounts();
      const { emails, accounts } = storage.stores;
      expect(await accounts.findByEmailKey("")).toBeUndefined();
      await emails.ask(asked("ada"), 10, []);
      expect(await accounts.findByEmailKey("a@example.com")).toBeUndefined();
      await emails.verify(asked("ada"), now, []);
      expect(await accounts.findByEmailKey("a@example.com")).toEqual(await accounts.find("ada"));
      expect(await accounts.findByEmailKey("b@example.com")).toBeUndefined();
      expect(await emails.isOfAnother("a@example.com", "x", "ben")).toBe(true);
      expect(await emails.isOfAnother("a@example.com", "x", "ada")).toBe(false);
      expect(await emails.isOfAnother("b@example.com", "ada", "ben")).toBe(true);
    });

    it("removes an address with the mails that tell of it, and all of a deleted account", async () => {
      await addAccounts();
      const { emails, accounts } = storage.stores;
      await emails.ask(asked("ada"), 10, []);
      expect(await emails.remove("ben", "a@example.com", [mail("1")])).toBe(false);
      expect(await emails.remove("ada", "a@example.com", [mail("2")])).toBe(true);
      expect(await mails()).toEqual(["2"]);
      await emails.ask(asked("ada"), 10, []);
      await accounts.disable("ada", now, "may_go");
      expect(await accounts.remove("ada")).toBe(true);
      expect(await emails.listOf("ada")).toEqual([]);
    });

    it("forgets those that were not verified in time", async () => {
      await addAccounts();
      const { emails } = storage.stores;
      await emails.ask(asked("ada"), 10, []);
      await emails.ask(asked("ben"), 10, []);
      await emails.verify(asked("ben"), now, []);
      expect(await emails.deleteUnverifiedBefore(later(99))).toBe(0);
      expect(await emails.deleteUnverifiedBefore(later(100))).toBe(1);
      expect(await emails.listOf("ben")).toHaveLength(1);
    });
  });
}
