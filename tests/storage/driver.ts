import { afterEach, describe, expect, it } from "vitest";
import { now, type OpenStorage, race, tally, useStorage } from "./open-storage";
import { account, addAda, client, session } from "./rows";

const texts = {
  "an emoji": "Ada 👩‍🔬",
  "quotes and a statement": `O'Brien "; DROP TABLE "User"; --`,
  "a backslash and a percent sign": "\\n 100% _",
  "letters of other alphabets": "Ζωή 李雷 עדה",
  "nothing in it": "",
};

/** What the driver promises the writer of a store. */
export function driverPromises(open: OpenStorage): void {
  describe("the driver", () => {
    const storage = useStorage(open);
    const setUpLink = (secretHash: string) => ({ secretHash, expiresAt: now });

    it.each(Object.entries(texts))("stores a text with %s and returns it unchanged", async (_, text) => {
      const { accounts } = storage.stores;
      expect(await accounts.insert(account("x", { displayName: text, usernameKey: text }), "none")).toBe(
        "inserted",
      );
      expect((await accounts.find("x"))?.displayName).toBe(text);
      expect((await accounts.findByUsernameKey(text))?.id).toBe("x");
    });

    it("finds nothing for a text with a NUL, by a statement and by a model", async () => {
      await addAda(storage.stores);
      const { accounts, sessions, clients, tickets, setupLinks, passkeys } = storage.stores;
      for (const text of ["\0", "ada\0", "\0ada"]) {
        expect(await accounts.findByUsernameKey(text)).toBeUndefined();
        expect(await accounts.find(text)).toBeUndefined();
        expect(await sessions.find(text)).toBeUndefined();
        expect(await sessions.listLiveOfUser(text, now)).toEqual([]);
        expect(await clients.find(text)).toBeUndefined();
        expect(await tickets.findByCaptchaId(text)).toBeUndefined();
        expect(await setupLinks.isPresent(text, now)).toBe(false);
        expect(await sessions.end(text, "revoked", now)).toBeUndefined();
        expect(await passkeys.listOf(text)).toEqual([]);
      }
    });

    it("stores no text with a NUL, and nothing of the statement that it was in", async () => {
      await addAda(storage.stores);
      const { accounts } = storage.stores;
      await expect(accounts.insert(account("bob", { displayName: "B\0b" }), "none")).rejects.toThrow("NUL");
      await expect(accounts.setDisplayName("ada", "A\0da")).rejects.toThrow("NUL");
      await expect(
        storage.driver.changes`UPDATE "User" SET "displayName" = ${"A\0da"} WHERE "id" = 'ada'`,
      ).rejects.toThrow("NUL");
      expect(await accounts.list()).toMatchObject([{ id: "ada", displayName: "ada" }]);
    });

    it("keeps times to the millisecond, before and after 1970 and far ahead", async () => {
      const { accounts } = storage.stores;
      const times = [
        now,
        new Date(now.getTime() + 1),
        new Date(0),
        new Date(-1),
        new Date("2999-12-31T23:59:59.999Z"),
      ];
      for (const [index, time] of times.entries()) {
        await accounts.insert(account(`${index}`, { createdAt: time, passwordChangedAt: time }), "none");
        const [row] = await storage.driver.rows<{ at: Date }>`
          SELECT "createdAt" AS "at" FROM "User" WHERE "id" = ${`${index}`} AND "passwordChangedAt" = ${time}`;
        expect(row?.at).toEqual(time);
        expect((await accounts.find(`${index}`))?.createdAt).toEqual(time);
      }
    });

    describe.each(["America/New_York", "Asia/Kathmandu"])("in the time zone %s", (zone) => {
      const { TZ: zoneBefore } = process.env;
      afterEach(() => {
        if (zoneBefore === undefined) delete process.env.TZ;
        else process.env.TZ = zoneBefore;
      });

      it("stores the same times as in any other, by a statement and by a model, and reads them so", async () => {
        process.env.TZ = zone;
        expect(now.getTimezoneOffset()).not.toBe(0);
        const [local, elsewhere] = storage.both;
        const winter = new Date("2026-01-15T00:30:00.007Z");
        await local.accounts.insert(account("ada", { createdAt: now, passwordChangedAt: winter }), "none");
        await local.accounts.setPasswordHash("ada", "new", winter);
        await storage.driver.knownDevice.create({
          data: { userId: "ada", keyThumbprint: "key", createdAt: now, lastSignInAt: winter },
        });
        delete process.env.TZ;
        expect(await elsewhere.accounts.find("ada")).toMatchObject({
          createdAt: now,
          passwordChangedAt: winter,
        });
        expect(await elsewhere.accounts.list()).toMatchObject([
          { createdAt: now, passwordChangedAt: winter },
        ]);
        const [device] = await storage.driver.rows<{ at: Date }>`
          SELECT "lastSignInAt" AS "at" FROM "KnownDevice" WHERE "lastSignInAt" = ${winter} AND "createdAt" = ${now}`;
        expect(device?.at).toEqual(winter);
      });
    });

    it("returns yes and no as they were given", async () => {
      const { clients } = storage.stores;
      await clients.insert(client("a", { requiresBinding: true }), null);
      await clients.insert(client("b", { requiresBinding: false }), null);
      expect((await clients.list()).map(({ requiresBinding }) => requiresBinding)).toEqual([true, false]);
      const rows = await storage.driver.rows<{ is: boolean }>`
        SELECT "requiresBinding" AS "is" FROM "OAuthClient" ORDER BY "id"`;
      expect(rows).toEqual([{ is: true }, { is: false }]);
    });

    it("inserts one of fifty rows of one key, and says so to each", async () => {
      const answers = await race(storage, 50, () => storage.driver.insert("SetupLink", setUpLink("same")));
      expect(tally(answers)).toEqual({ true: 1, false: 49 });
    });

    it("names the violation of a unique value, and no other fault", async () => {
      await storage.driver.insert("SetupLink", setUpLink("a"));
      await storage.driver.insert("SetupLink", setUpLink("b"));
      const violations = [
        storage.driver.changes`UPDATE "SetupLink" SET "secretHash" = 'a' WHERE "secretHash" = 'b'`,
        storage.driver.setupLink.create({ data: setUpLink("a") }),
      ];
      for (const failed of await Promise.allSettled(violations)) {
        expect(failed.status === "rejected" && storage.driver.isUniqueViolation(failed.reason)).toBe(true);
      }
      const orphan = storage.driver.insert("Session", { ...flat(session("x", { userId: "nobody" })) });
      const [other] = await Promise.allSettled([orphan]);
      expect(other.status).toBe("rejected");
      expect(other.status === "rejected" && storage.driver.isUniqueViolation(other.reason)).toBe(false);
      expect(other).toMatchObject({ reason: { code: "temporarily_unavailable" } });
    });

    it("commits each statement before it answers: the other connection sees it", async () => {
      const [one, other] = storage.both;
      await one.accounts.insert(account("ada"), "none");
      expect(await other.accounts.find("ada")).toBeDefined();
      await other.accounts.setDisplayName("ada", "Ada");
      expect((await one.accounts.find("ada"))?.displayName).toBe("Ada");
    });

    it("answers each of many look-ups of one turn with its own row, also those of the same key and of none", async () => {
      const names = ["ada", "ben", "cleo"];
      for (const name of names) await storage.stores.accounts.insert(account(name), "none");
      const keys = Array.from({ length: 1200 }, (_, index) => [...names, "nobody", "a\0"][index % 5] ?? "");
      const found = await Promise.all(keys.map((key) => storage.stores.accounts.find(key)));
      expect(found.map((one) => one?.id ?? null)).toEqual(
        keys.map((key) => (names.includes(key) ? key : null)),
      );
      const [row] = await storage.driver.lookUp<object>`SELECT * FROM "User" WHERE "id" = ${"ada"}`;
      expect(Object.keys(row ?? {}).sort()).toEqual(
        Object.keys((await storage.driver.user.findMany())[0] ?? {}).sort(),
      );
    });

    it("answers each of many statements of one turn with its own row, and fails only those that fail", async () => {
      const names = Array.from({ length: 40 }, (_, index) => `user ${index}`);
      const { accounts } = storage.stores;
      const added = await Promise.allSettled(
        names.map((name, index) =>
          accounts.insert(account(name, index % 8 === 7 ? { displayName: "\0" } : {}), "none"),
        ),
      );
      expect(added.map(({ status }) => status === "fulfilled")).toEqual(
        names.map((_, index) => index % 8 !== 7),
      );
      const found = await Promise.all(
        names.map(
          (id) => storage.driver.rows<{ id: string }>`
          UPDATE "User" SET "displayName" = ${id} WHERE "id" = ${id} RETURNING "id"`,
        ),
      );
      expect(found).toEqual(names.map((id, index) => (index % 8 === 7 ? [] : [{ id }])));
    });
  });
}

function flat({ device, factors, ...rest }: ReturnType<typeof session>) {
  return {
    ...rest,
    factors: factors.join(" "),
    deviceBrowser: device.browser,
    deviceOs: device.os,
    generation: "",
    expiryDueAt: rest.expiresAt,
  };
}
