import { describe, expect, it } from "vitest";
import type { QrLoginRecord } from "../../src/modules/qr-login";
import { later, MINUTE_IN_MS, now, type OpenStorage, race, tally, useStorage } from "./open-storage";
import { addAda, qrLogin, session } from "./rows";

export function qrLoginPromises(open: OpenStorage): void {
  describe("the store of sign-ins by QR code", () => {
    const storage = useStorage(open);
    const plenty = { max: 1000, site: null };
    /** In whatever state: what comes in begins as pending and unclaimed. */
    const add = async (id: string, changes: Partial<QrLoginRecord> = {}) => {
      await storage.stores.qrLogins.insert(qrLogin(id, changes), plenty);
      await storage.driver.qrLogin.updateMany({ where: { id }, data: changes });
    };
    const end = 2 * MINUTE_IN_MS;

    it("returns a request as it was inserted, by each of its names", async () => {
      const row = qrLogin("q", { keyThumbprint: "key", browser: "Firefox", network: "192.0.2.1" });
      await storage.stores.qrLogins.insert(row, plenty);
      const { qrLogins } = storage.stores;
      expect(await qrLogins.find("q")).toEqual(row);
      expect(await qrLogins.findByDeviceCode(row.deviceCodeHash)).toEqual(row);
      expect(await qrLogins.findByUserCode(row.userCodeHash)).toEqual(row);
      expect(await qrLogins.find("another")).toBeUndefined();
    });

    it.each(["id", "deviceCodeHash", "userCodeHash"] as const)(
      "inserts no second one of the same %s",
      async (name) => {
        await add("q");
        const { qrLogins } = storage.stores;
        const second = { ...qrLogin("second"), [name]: qrLogin("q")[name] };
        expect(await qrLogins.insert(second, plenty)).toBe("taken");
      },
    );

    it("inserts exactly as many live ones as a share has, of fifty at once", async () => {
      const insert = (count: number) =>
        race(storage, count, ({ qrLogins }, index) =>
          qrLogins.insert(qrLogin(`${count} ${index}`), { max: 10, site: null }),
        );
      expect(tally(await insert(50))).toEqual({ inserted: 10, too_many: 40 });
      await storage.driver.changes`UPDATE "QrLogin" SET "status" = 'denied' WHERE "id" <> ''`;
      expect(tally(await insert(51))).toEqual({ inserted: 10, too_many: 41 });
    });

    it("counts a site's share over all its addresses, and not those that only begin alike", async () => {
      const site = { prefix: "2001:db8:1:", max: 5 };
      const insert = (address: string) =>
        race(storage, 20, ({ qrLogins }, index) =>
          qrLogins.insert(qrLogin(`${address} ${index}`, { addressKey: `${address}${index}/64` }), {
            max: 9,
            site,
          }),
        );
      expect(tally(await insert("2001:db8:10:"))).toEqual({ inserted: 20 });
      expect(tally(await insert("2001:db8:1:"))).toEqual({ inserted: 5, too_many: 15 });
    });

    it("changes for one of fifty who saw the same revision, and not once it has expired", async () => {
      await add("q");
      const changed = await race(storage, 50, ({ qrLogins }, index) =>
        qrLogins.change("q", 0, { status: "scanned", claimedByUserId: `user ${index}` }, later(1)),
      );
      expect(changed.filter((row) => row !== undefined)).toMatchObject([
        { revision: 1, changedAt: later(1) },
      ]);
      const { qrLogins } = storage.stores;
      expect(await qrLogins.change("q", 1, { status: "denied" }, later(end))).toBeUndefined();
      expect(await qrLogins.change("q", 1, { status: "denied" }, later(end - 1))).toBeDefined();
    });

    describe("an approved one", () => {
      const approve = async () => {
        await addAda(storage.stores);
        await storage.stores.sessions.insert(session("phone", { expiresAt: later(MINUTE_IN_MS) }));
        await add("q", { status: "approved", claimedByUserId: "ada", claimedBySessionId: "phone" });
      };

      it("is redeemed by one of fifty", async () => {
        await approve();
        const redeemed = await race(storage, 50, ({ qrLogins }, index) =>
          qrLogins.redeem("q", 0, `session ${index}`, later(1)),
        );
        const [row, ...others] = redeemed.filter((one) => one !== undefined);
        expect(others).toEqual([]);
        expect(row).toMatchObject({ status: "consumed", revision: 1 });
        expect(redeemed[Number(row?.sessionId?.split(" ")[1])]).toBe(row);
      });

      it.each([
        ["the phone's session has ended", ({ sessions }) => sessions.end("phone", "signed_out", now)],
        ["the account is closed", ({ accounts }) => accounts.disable("ada", now, "stays")],
        [
          "the password was changed since",
          ({ accounts }) => accounts.setPasswordHash("ada", "new", later(1)),
        ],
        ["it was changed meanwhile", ({ qrLogins }) => qrLogins.pinKey("q", "key")],
      ] satisfies [string, (stores: typeof storage.stores) => Promise<unknown>][])(
        "is not redeemed when %s",
        async (_, happen) => {
          await approve();
          await happen(storage.stores);
          expect(await storage.stores.qrLogins.redeem("q", 0, "s", later(1))).toBeUndefined();
        },
      );

      it("is not redeemed from the moment on at which it or the phone's session expires", async () => {
        await approve();
        const { qrLogins } = storage.stores;
        expect(await qrLogins.redeem("q", 0, "s", later(end))).toBeUndefined();
        expect(await qrLogins.redeem("q", 0, "s", later(MINUTE_IN_MS))).toBeUndefined();
        expect(await qrLogins.redeem("q", 0, "s", later(MINUTE_IN_MS - 1))).toBeDefined();
      });
    });

    it("is bound to one key of fifty, and stays bound to it", async () => {
      await add("q");
      await race(storage, 50, ({ qrLogins }, index) => qrLogins.pinKey("q", `key ${index}`));
      const pinned = await storage.stores.qrLogins.find("q");
      expect(pinned?.revision).toBe(1);
      await storage.stores.qrLogins.pinKey("q", "late");
      expect((await storage.stores.qrLogins.find("q"))?.keyThumbprint).toBe(pinned?.keyThumbprint);
    });

    it("notes one poll of fifty that saw the same", async () => {
      await add("q");
      const poll = (expected: Date | null, at: Date) =>
        race(storage, 50, ({ qrLogins }) => qrLogins.notePoll("q", expected, { at, intervalInSeconds: 6 }));
      expect(tally(await poll(null, later(1)))).toEqual({ true: 1, false: 49 });
      expect(tally(await poll(later(1), later(2)))).toEqual({ true: 1, false: 49 });
      expect(await storage.stores.qrLogins.find("q")).toMatchObject({ lastPolledAt: later(2), revision: 0 });
    });

    it("ends with the session that claimed it or whose key asked for it, each once", async () => {
      await add("claimed", { status: "scanned", claimedBySessionId: "s" });
      await add("asked", { keyThumbprint: "key" });
      await add("of another", { status: "scanned", claimedBySessionId: "other", keyThumbprint: "other" });
      await add("over", { status: "denied", claimedBySessionId: "s" });
      await add("expired", { keyThumbprint: "key", expiresAt: now });
      const ended = await race(storage, 10, ({ qrLogins }) => qrLogins.endAllOfSession("s", "key", now));
      expect(
        ended
          .flat()
          .map(({ id }) => id)
          .sort(),
      ).toEqual(["asked", "claimed"]);
      const { qrLogins } = storage.stores;
      expect((await qrLogins.find("claimed"))?.status).toBe("denied");
      expect((await qrLogins.find("asked"))?.status).toBe("cancelled");
      expect((await qrLogins.find("of another"))?.status).toBe("scanned");
      // A session without a key ends none of those that have none.
      await add("without a key");
      expect(await qrLogins.endAllOfSession("bearer", null, now)).toEqual([]);
    });

    it("lists what changed since a time, and sweeps only what expired before", async () => {
      await add("before", { changedAt: later(-1), expiresAt: later(-1) });
      await add("at", { changedAt: now, expiresAt: now, claimedBySessionId: "s" });
      const { qrLogins } = storage.stores;
      expect(await qrLogins.listChangedSince(now)).toEqual([{ id: "at", claimedBySessionId: "s" }]);
      expect(await qrLogins.deleteExpiredBefore(now)).toBe(1);
      expect(await qrLogins.find("at")).toBeDefined();
    });
  });
}
