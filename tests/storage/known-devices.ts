import { describe, expect, it } from "vitest";
import { MAX_KNOWN_DEVICES } from "../../src/modules/devices";
import { later, now, type OpenStorage, race, useStorage } from "./open-storage";
import { account, addAda } from "./rows";

export function knownDevicePromises(open: OpenStorage): void {
  describe("the store of known devices", () => {
    const storage = useStorage(open);
    const ada = { id: "ada", passwordChangedAt: now };

    it("knows a key after its first sign-in, once, however many came at the same time", async () => {
      await addAda(storage.stores);
      await race(storage, 50, ({ knownDevices }) => knownDevices.remember(ada, "key", now));
      const { knownDevices } = storage.stores;
      expect(await knownDevices.listOf("ada")).toEqual(["key"]);
      expect(await knownDevices.isKnown("key")).toBe(true);
      expect(await knownDevices.isKnownTo("ada", "key")).toBe(true);
      expect(await knownDevices.isKnownTo("bob", "key")).toBe(false);
      expect(await knownDevices.isKnown("another")).toBe(false);
    });

    it("knows no key by a password that has been replaced, nor of a closed account", async () => {
      await addAda(storage.stores);
      const { knownDevices, accounts } = storage.stores;
      await knownDevices.remember({ ...ada, passwordChangedAt: later(-1) }, "old password", now);
      await knownDevices.remember({ ...ada, passwordChangedAt: later(1) }, "later password", now);
      await accounts.disable("ada", now, "stays");
      await knownDevices.remember(ada, "closed", now);
      await knownDevices.remember({ id: "nobody", passwordChangedAt: now }, "nobody", now);
      expect(await knownDevices.listOf("ada")).toEqual([]);
      expect(await knownDevices.isKnown("nobody")).toBe(false);
    });

    it(`knows exactly ${MAX_KNOWN_DEVICES} keys of an account, those that signed in last`, async () => {
      await addAda(storage.stores);
      await storage.stores.accounts.insert(account("bob"), "none");
      await storage.stores.knownDevices.remember({ id: "bob", passwordChangedAt: now }, "of bob", now);
      await race(storage, MAX_KNOWN_DEVICES + 10, ({ knownDevices }, index) =>
        knownDevices.remember(ada, `key ${index}`, later(index)),
      );
      const { knownDevices } = storage.stores;
      const kept = await knownDevices.listOf("ada");
      expect(kept).toHaveLength(MAX_KNOWN_DEVICES);
      for (let index = 0; index < 10; index += 1) expect(kept).not.toContain(`key ${index}`);
      expect(await knownDevices.listOf("bob")).toEqual(["of bob"]);
    });

    it("forgets one key, or all of an account but one, and nobody else's", async () => {
      await addAda(storage.stores);
      await storage.stores.accounts.insert(account("bob"), "none");
      const { knownDevices } = storage.stores;
      for (const key of ["a", "b", "c", "d"]) await knownDevices.remember(ada, key, now);
      await knownDevices.remember({ id: "bob", passwordChangedAt: now }, "a", now);
      await knownDevices.forget("ada", "d");
      expect((await knownDevices.listOf("ada")).sort()).toEqual(["a", "b", "c"]);
      await knownDevices.forgetAllOf("ada", "b");
      expect(await knownDevices.listOf("ada")).toEqual(["b"]);
      await knownDevices.forgetAllOf("ada", null);
      expect(await knownDevices.listOf("ada")).toEqual([]);
      expect(await knownDevices.listOf("bob")).toEqual(["a"]);
    });

    it("sweeps only those whose last sign-in was before", async () => {
      await addAda(storage.stores);
      const { knownDevices } = storage.stores;
      await knownDevices.remember(ada, "idle", later(-2));
      await knownDevices.remember(ada, "used", later(-2));
      await knownDevices.remember(ada, "used", now);
      expect(await knownDevices.deleteIdleSince(now)).toBe(1);
      expect(await knownDevices.listOf("ada")).toEqual(["used"]);
    });
  });
}
