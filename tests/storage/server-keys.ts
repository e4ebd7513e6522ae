import { describe, expect, it } from "vitest";
import type { KeyUse } from "../../src/modules/tokens";
import { later, now, type OpenStorage, race, tally, useStorage } from "./open-storage";

export function serverKeyPromises(open: OpenStorage): void {
  describe("the store of the service's keys", () => {
    const storage = useStorage(open);
    const key = (use: KeyUse, sequence: number, kid = `${use} ${sequence}`) => ({
      kid,
      use,
      sequence,
      publicJwk: "{}",
      sealedPrivate: "sealed",
      createdAt: now,
      activeAt: now,
      retiredAt: null,
    });
    const kids = async (at: Date) =>
      (await storage.stores.serverKeys.listUnretired(at)).map(({ kid }) => kid);

    it("takes the next key of one of fifty who each made it, and the same number for the other use", async () => {
      const answers = await race(storage, 50, ({ serverKeys }, index) =>
        serverKeys.insert(key("sig", 1, `key ${index}`)),
      );
      expect(tally(answers)).toEqual({ true: 1, false: 49 });
      expect(await storage.stores.serverKeys.insert(key("enc", 1))).toBe(true);
      expect(await storage.stores.serverKeys.listUnretired(now)).toHaveLength(2);
    });

    it("lists keys in their order, as they were inserted, until the moment at which they retire", async () => {
      const { serverKeys } = storage.stores;
      for (const sequence of [2, 10, 1]) await serverKeys.insert(key("sig", sequence));
      await serverKeys.insert(key("enc", 3));
      const listed = await serverKeys.listUnretired(now);
      expect(listed[0]).toEqual(key("sig", 1));
      expect(listed.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 10]);
      await serverKeys.retireBefore("sig", 10, later(60));
      await serverKeys.retireBefore("sig", 11, later(90));
      expect(await kids(later(59))).toEqual(["sig 1", "sig 2", "enc 3", "sig 10"]);
      expect(await kids(later(60))).toEqual(["enc 3", "sig 10"]);
      expect(await kids(later(90))).toEqual(["enc 3"]);
    });

    it("sweeps only keys that retired before", async () => {
      const { serverKeys } = storage.stores;
      for (const sequence of [1, 2, 3]) await serverKeys.insert(key("sig", sequence));
      await serverKeys.retireBefore("sig", 2, later(-1));
      await serverKeys.retireBefore("sig", 3, now);
      expect(await serverKeys.deleteRetiredBefore(now)).toBe(1);
      expect(await serverKeys.deleteRetiredBefore(now)).toBe(0);
      expect(await kids(later(-2))).toEqual(["sig 2", "sig 3"]);
    });
  });
}
