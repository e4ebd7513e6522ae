import { describe, expect, it } from "vitest";
import type { AuditRecord } from "../../src/modules/audit";
import { now, type OpenStorage, race, tally, useStorage } from "./open-storage";
import { account } from "./rows";

const record = (id: string, changes: Partial<AuditRecord> = {}): AuditRecord => ({
  ...{ id: `created ${id}`, at: now, type: "account_created", userId: id, sessionId: null },
  ...{ address: null, actorId: "operator", detail: { from: "csv" } },
  ...changes,
});
const email = (key: string) => ({ key, address: key });

/** People who come with all that is theirs, or not at all. */
export function importPromises(open: OpenStorage): void {
  describe("the store of imported people", () => {
    const storage = useStorage(open);
    const take = (id: string, address: string | null = `${id}@example.com`, changes: object = {}) =>
      storage.stores.imports.insert({
        account: account(id, changes),
        email: address === null ? null : email(address),
        record: record(id),
      });

    it("inserts the account, its verified address and its row in the trail", async () => {
      expect(await take("ada")).toBe(true);
      expect(await storage.stores.accounts.find("ada")).toMatchObject({ id: "ada", passwordHash: "hash" });
      expect((await storage.stores.accounts.findByEmailKey("ada@example.com"))?.id).toBe("ada");
      expect(await storage.stores.emails.listOf("ada")).toMatchObject([{ verifiedAt: now }]);
      const trail = await storage.stores.audit.list({ since: new Date(0), limit: 10 });
      expect(trail).toMatchObject([{ type: "account_created", userId: "ada", detail: { from: "csv" } }]);
    });

    it.each([
      ["the id", () => take("ada", null, { username: "b", usernameKey: "b" })],
      ["the username", () => take("ben", "ben@example.com", { usernameKey: "ada" })],
      ["the address", () => take("ben", "ada@example.com")],
    ])("inserts nothing of a person where another account has %s", async (_, takeAnother) => {
      await take("ada");
      expect(await takeAnother()).toBe(false);
      expect((await storage.stores.accounts.list()).map(({ id }) => id)).toEqual(["ada"]);
      expect(await storage.stores.emails.listOf("ben")).toEqual([]);
      expect(await storage.stores.audit.list({ since: new Date(0), limit: 10 })).toHaveLength(1);
    });

    it("takes those of one turn that can come, beside one that cannot", async () => {
      await take("ada");
      const taken = await Promise.all([take("ben"), take("eve", "ada@example.com"), take("kim")]);
      expect(taken).toEqual([true, false, true]);
      expect((await storage.stores.accounts.list()).map(({ id }) => id)).toEqual(["ada", "ben", "kim"]);
    });

    it("takes a person once, of fifty times at once on two connections", async () => {
      const taken = await race(storage, 50, (stores, index) =>
        stores.imports.insert({
          account: account("ada"),
          email: email("ada@example.com"),
          record: record("ada", { id: `${index}` }),
        }),
      );
      expect(tally(taken)).toEqual({ true: 1, false: 49 });
      expect(await storage.stores.audit.list({ since: new Date(0), limit: 100 })).toHaveLength(1);
    });

    it("stores no NUL, and nothing of the person that it was in", async () => {
      await expect(take("ada", null, { displayName: "a\0b" })).rejects.toThrow("NUL");
      expect(await storage.stores.accounts.list()).toEqual([]);
    });

    it("says who has an id, a username or an address already, in either place of an address", async () => {
      await take("ada");
      await take("ben@example.com", null);
      const look = (id: string, usernameKey: string, emailKey: string | null) =>
        storage.stores.imports.look({ id, usernameKey, emailKey });
      const nobody = { existing: undefined, isUsernameTaken: false, isEmailTaken: false };
      expect(await look("x", "x", "x@example.com")).toEqual(nobody);
      expect(await look("x", "x", null)).toEqual(nobody);
      expect(await look("ada", "x", null)).toEqual({ ...nobody, existing: "ada" });
      expect(await look("x", "ada", null)).toEqual({ ...nobody, isUsernameTaken: true });
      expect(await look("x", "ada@example.com", null)).toEqual({ ...nobody, isUsernameTaken: true });
      expect(await look("x", "x", "ada@example.com")).toEqual({ ...nobody, isEmailTaken: true });
      expect(await look("x", "x", "ben@example.com")).toEqual({ ...nobody, isEmailTaken: true });
    });
  });
}
