import { describe, expect, it } from "vitest";
import { later, now, type OpenStorage, race, tally, useStorage } from "./open-storage";
import { account, passkey } from "./rows";

/** The one that passkeys of the rows are for. */
const RP_ID = "localhost";

/** Passkeys, of accounts with and without a password. */
export function passkeyPromises(open: OpenStorage): void {
  describe("the store of passkeys", () => {
    const storage = useStorage(open);
    const add = async (passwordHash: string | null, ...ids: string[]) => {
      await storage.stores.accounts.insert(account("ada", { passwordHash }), "none");
      for (const id of ids) await storage.stores.passkeys.insert(passkey(id, "ada"), 50);
    };
    const left = async () => (await storage.stores.passkeys.listOf("ada")).length;

    it("removes all but the last of an account without a password, whatever is removed at once", async () => {
      const ids = Array.from({ length: 20 }, (_, index) => `key ${index}`);
      await add(null, ...ids);
      const answers = await race(storage, 20, ({ passkeys }, index) =>
        passkeys.remove(`key ${index}`, "ada", RP_ID),
      );
      expect(tally(answers)).toEqual({ removed: 19, last_credential: 1 });
      expect(await left()).toBe(1);
    });

    it("removes the last of an account with a password, also of one that has just got its first", async () => {
      await add("hash", "one");
      expect(await storage.stores.passkeys.remove("one", "ada", RP_ID)).toBe("removed");
      await storage.stores.accounts.insert(account("ben", { passwordHash: null }), "none");
      await storage.stores.passkeys.insert(passkey("two", "ben"), 50);
      expect(await storage.stores.passkeys.remove("two", "ben", RP_ID)).toBe("last_credential");
      expect(await storage.stores.accounts.replacePasswordHash("ben", null, "first", later(1))).toBe(true);
      expect(await storage.stores.passkeys.remove("two", "ben", RP_ID)).toBe("removed");
    });

    it("keeps the last that signs in at this address: those of an earlier one sign in nowhere", async () => {
      await add(null, "here");
      for (const id of ["there", "there too"])
        await storage.stores.passkeys.insert({ ...passkey(id, "ada"), rpId: "old.example" }, 50);
      const remove = (id: string) => storage.stores.passkeys.remove(id, "ada", RP_ID);
      expect(await remove("here")).toBe("last_credential");
      expect(await remove("there")).toBe("removed");
      expect(await remove("there too")).toBe("removed");
      expect(await remove("here")).toBe("last_credential");
      expect(await left()).toBe(1);
    });

    it("finds none of another account, and leaves it", async () => {
      await add(null, "one");
      expect(await storage.stores.passkeys.remove("one", "ben", RP_ID)).toBe("not_found");
      expect(await storage.stores.passkeys.remove("other", "ada", RP_ID)).toBe("not_found");
      expect(await left()).toBe(1);
    });
  });

  describe("the first password of an account", () => {
    const storage = useStorage(open);

    it("is set by one of fifty who saw that there was none", async () => {
      await storage.stores.accounts.insert(account("ada", { passwordHash: null }), "none");
      expect((await storage.stores.accounts.find("ada"))?.passwordHash).toBeNull();
      const answers = await race(storage, 50, ({ accounts }, index) =>
        accounts.replacePasswordHash("ada", null, `hash ${index}`, later(1)),
      );
      expect(tally(answers)).toEqual({ true: 1, false: 49 });
      const ada = await storage.stores.accounts.find("ada");
      expect(ada?.passwordHash).toBe(`hash ${answers.indexOf(true)}`);
      expect([ada?.passwordChangedAt, ada?.createdAt]).toEqual([later(1), now]);
    });
  });
}
