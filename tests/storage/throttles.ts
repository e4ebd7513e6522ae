import { describe, expect, it } from "vitest";
import { later, now, type OpenStorage, race, tally, useStorage } from "./open-storage";

export function throttlePromises(open: OpenStorage): void {
  describe("the store of wrong passwords", () => {
    const storage = useStorage(open);
    const first = { key: "k", failures: 1, blockedUntil: now, checksUnderWay: 1 };

    it("counts once for fifty who saw the same, at the first as at each further one", async () => {
      const advance = (seen: typeof first | undefined, failures: number) =>
        race(storage, 50, ({ throttles }) =>
          throttles.advance(seen, { ...first, failures, blockedUntil: later(failures) }, now),
        );
      expect(tally(await advance(undefined, 1))).toEqual({ true: 1, false: 49 });
      expect(tally(await advance(first, 2))).toEqual({ true: 1, false: 49 });
      expect(tally(await advance(first, 2))).toEqual({ false: 50 });
      expect(await storage.stores.throttles.find("k")).toMatchObject({ failures: 2, blockedUntil: later(2) });
      expect(await storage.stores.throttles.find("another")).toBeUndefined();
    });

    it("loses no attempt of fifty that count one after the other until each is counted", async () => {
      await race(storage, 50, async ({ throttles }) => {
        for (;;) {
          const seen = await throttles.find("k");
          const next = { ...first, failures: (seen?.failures ?? 0) + 1 };
          if (await throttles.advance(seen, next, now)) return;
        }
      });
      expect((await storage.stores.throttles.find("k"))?.failures).toBe(50);
    });

    it("notes of fifty checks at once that each was wrong, never more than are under way", async () => {
      const { throttles } = storage.stores;
      await throttles.advance(undefined, { ...first, failures: 60, checksUnderWay: 60 }, now);
      await race(storage, 50, (stores) => stores.throttles.noteChecked("k"));
      expect(await throttles.find("k")).toMatchObject({
        failures: 60,
        checksUnderWay: 10,
        lastFailureAt: now,
      });
      await race(storage, 50, (stores) => stores.throttles.noteChecked("k"));
      expect(await throttles.find("k")).toMatchObject({ failures: 60, checksUnderWay: 0 });
    });

    it("forgets a count, or only one that is high enough", async () => {
      const { throttles } = storage.stores;
      await throttles.advance(undefined, { ...first, failures: 99 }, now);
      await throttles.clearFrom("k", 100);
      expect(await throttles.find("k")).toBeDefined();
      await throttles.clearFrom("k", 99);
      expect(await throttles.find("k")).toBeUndefined();
      await throttles.advance(undefined, first, now);
      await throttles.clear("k");
      expect(await throttles.find("k")).toBeUndefined();
    });

    it("sweeps only counts that have not risen since, and none of the highest", async () => {
      const { throttles } = storage.stores;
      const add = (key: string, failures: number, at: Date) =>
        throttles.advance(undefined, { ...first, key, failures }, at);
      await add("old", 99, later(-1));
      await add("highest", 100, later(-1));
      await add("of now", 1, now);
      expect(await throttles.deleteIdleSince(now, 100)).toBe(1);
      expect(await throttles.find("old")).toBeUndefined();
      expect(await throttles.find("highest")).toBeDefined();
      expect(await throttles.find("of now")).toBeDefined();
    });
  });
}
