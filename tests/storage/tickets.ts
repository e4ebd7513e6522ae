import { describe, expect, it } from "vitest";
import { later, MINUTE_IN_MS, now, type OpenStorage, race, tally, useStorage } from "./open-storage";
import { ticket } from "./rows";

const ONE_OF_FIFTY = { true: 1, false: 49 };

export function ticketPromises(open: OpenStorage): void {
  describe("the store of tickets", () => {
    const storage = useStorage(open);
    const add = (id: string, changes = {}) => storage.stores.tickets.insert(ticket(id, changes));

    it("returns a ticket as it was inserted, by its hash and by its captcha", async () => {
      const row = ticket("t", { keyThumbprint: "key", captchaAnswerHash: "answer", powNonce: "nonce" });
      await storage.stores.tickets.insert(row);
      expect(await storage.stores.tickets.find("t")).toEqual(row);
      expect(await storage.stores.tickets.findByCaptchaId(row.captchaId)).toEqual(row);
      expect(await storage.stores.tickets.find("another")).toBeUndefined();
      await expect(add("t")).rejects.toThrow();
    });

    it("is consumed by one of fifty, with whatever captcha was open", async () => {
      await add("t", { captchaAnswerHash: "answer", powNonce: "nonce" });
      expect(tally(await race(storage, 50, ({ tickets }) => tickets.consume("t", now)))).toEqual(
        ONE_OF_FIFTY,
      );
      expect(await storage.stores.tickets.find("t")).toMatchObject({
        consumedAt: now,
        captchaAnswerHash: null,
        powNonce: null,
      });
    });

    it("is not consumed from the moment on at which it expires", async () => {
      await add("t");
      const { tickets } = storage.stores;
      expect(await tickets.consume("t", later(2 * MINUTE_IN_MS))).toBe(false);
      expect(await tickets.consume("t", later(2 * MINUTE_IN_MS - 1))).toBe(true);
    });

    it("is consumed with all others of its key that are open", async () => {
      await add("a", { keyThumbprint: "key" });
      await add("expired", { keyThumbprint: "key", expiresAt: now });
      await add("of another", { keyThumbprint: "other" });
      await storage.stores.tickets.consumeAllOfKey("key", now);
      const { tickets } = storage.stores;
      expect((await tickets.find("a"))?.consumedAt).toEqual(now);
      expect((await tickets.find("expired"))?.consumedAt).toBeNull();
      expect((await tickets.find("of another"))?.consumedAt).toBeNull();
    });

    it("has exactly so many pictures and challenges drawn for its captcha, together", async () => {
      await add("t");
      const { captchaId } = ticket("t");
      const answers = await race(storage, 50, ({ tickets }, index) =>
        index % 3 === 0
          ? tickets.openPow(captchaId, `nonce ${index}`, 7, now)
          : tickets.openImage(captchaId, `answer ${index}`, 7, now),
      );
      expect(tally(answers)).toEqual({ true: 7, false: 43 });
      expect((await storage.stores.tickets.find("t"))?.captchaDraws).toBe(7);
    });

    it("opens no captcha once it is consumed or expired", async () => {
      await add("t");
      const { captchaId } = ticket("t");
      const { tickets } = storage.stores;
      expect(await tickets.openImage(captchaId, "answer", 7, later(2 * MINUTE_IN_MS))).toBe(false);
      await tickets.consume("t", now);
      expect(await tickets.openImage(captchaId, "answer", 7, now)).toBe(false);
      expect(await tickets.openPow(captchaId, "nonce", 7, now)).toBe(false);
    });

    it("has its open picture and its open challenge used up by one of fifty each", async () => {
      await add("t", { captchaAnswerHash: "answer", powNonce: "nonce" });
      const { captchaId } = ticket("t");
      expect(await storage.stores.tickets.burnImage(captchaId, "another")).toBe(false);
      const pictures = race(storage, 50, ({ tickets }) => tickets.burnImage(captchaId, "answer"));
      const challenges = race(storage, 50, ({ tickets }) => tickets.burnPow(captchaId, "nonce"));
      expect(tally(await pictures)).toEqual(ONE_OF_FIFTY);
      expect(tally(await challenges)).toEqual(ONE_OF_FIFTY);
    });

    it("never goes back in what was passed, and has its captcha replaced by one of fifty", async () => {
      await add("t");
      const { captchaId } = ticket("t");
      const { tickets } = storage.stores;
      await tickets.pass(captchaId, 2);
      await tickets.pass(captchaId, 1);
      expect((await tickets.find("t"))?.captchaPassedRung).toBe(2);
      const replaced = await race(storage, 50, (stores, index) =>
        stores.tickets.replaceCaptcha("t", captchaId, `next ${index}`, 1),
      );
      expect(tally(replaced)).toEqual(ONE_OF_FIFTY);
      expect(await tickets.findByCaptchaId(captchaId)).toBeUndefined();
      expect(await tickets.find("t")).toMatchObject({
        captchaRung: 1,
        captchaDraws: 0,
        captchaAnswerHash: null,
      });
    });

    it("is swept only once it expired before", async () => {
      await add("dead", { expiresAt: later(-1) });
      await add("of now", { expiresAt: now });
      await add("live");
      const { tickets } = storage.stores;
      expect(await tickets.deleteExpiredBefore(now)).toBe(1);
      expect(await tickets.find("of now")).toBeDefined();
      expect(await tickets.find("live")).toBeDefined();
    });
  });
}
