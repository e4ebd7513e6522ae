import { describe, expect, it } from "vitest";
import { later, now, type OpenStorage, race, tally, useStorage } from "./open-storage";
import { account } from "./rows";

const recovery = {
  idHash: "hash",
  userId: "ada",
  emailKey: "ada@example.com",
  passwordChangedAt: now,
  keyThumbprint: "key",
  codeHash: "code",
  expiresAt: later(60),
};

/** Codes that were mailed to get back into an account. */
export function mailRecoveryPromises(open: OpenStorage): void {
  describe("the store of mailed recovery codes", () => {
    const storage = useStorage(open);
    const insert = () => storage.stores.mailRecoveries.insert(recovery, []);

    it("counts no more tries than may be, of fifty, of the right key and in time, and gives the code away once", async () => {
      await insert();
      const { mailRecoveries } = storage.stores;
      for (const [key, at] of [["other", now] as const, [null, now] as const, ["key", later(60)] as const])
        expect(await mailRecoveries.countTry("hash", key, 5, at)).toBeUndefined();
      const tries = await race(storage, 50, (stores) =>
        stores.mailRecoveries.countTry("hash", "key", 5, now).then((found) => found !== undefined),
      );
      expect(tally(tries)).toEqual({ true: 5, false: 45 });
      const consumed = await race(storage, 50, (stores) => stores.mailRecoveries.consume("hash"));
      expect(tally(consumed)).toEqual({ true: 1, false: 49 });
    });

    it("says what the code rests on, and takes away all of an account", async () => {
      await insert();
      const { mailRecoveries } = storage.stores;
      expect(await mailRecoveries.countTry("hash", "key", 5, now)).toMatchObject(recovery);
      await mailRecoveries.endAllOf("ben");
      expect(await mailRecoveries.countTry("hash", "key", 5, now)).toBeDefined();
      await mailRecoveries.endAllOf("ada");
      expect(await mailRecoveries.countTry("hash", "key", 5, now)).toBeUndefined();
    });

    it("voids a reset token with the removal of an address: it may have been got by a mail there", async () => {
      const { accounts, emails } = storage.stores;
      await accounts.insert(account("ada"), "none");
      const ada = { id: "ada", roles: ["user"] as const };
      const token = { hash: "token", expiresAt: later(60), issuedBy: null };
      expect(await accounts.setResetToken(ada, token, null)).toBe(true);
      expect(await accounts.findByResetToken("token")).toBeDefined();
      await emails.remove("ada", "ada@example.com", []);
      expect(await accounts.findByResetToken("token")).toBeUndefined();
    });
  });
}
