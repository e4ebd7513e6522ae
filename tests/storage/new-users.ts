import { describe, expect, it } from "vitest";
import type { AccountRecord, Seen } from "../../src/modules/accounts";
import type { AuditRecord } from "../../src/modules/audit";
import type { Stores } from "../../src/platform/storage/stores/stores";
import { later, now, type OpenStorage, race, tally, useStorage } from "./open-storage";
import { account } from "./rows";

const record = (id: string): AuditRecord => ({
  ...{ id: `created ${id}`, at: now, type: "account_created", userId: id, sessionId: null },
  ...{ address: null, actorId: "bob", detail: { link: true } },
});
const tokenOf = (id: string) => ({ hash: `token of ${id}`, expiresAt: later(60), issuedBy: "bob" });
const bob: Seen = { id: "bob", roles: ["admin"] };

function make(
  { accounts }: Stores,
  id: string,
  {
    by = bob,
    seat = "none",
    ...changes
  }: Partial<AccountRecord> & { by?: Seen | null; seat?: "owner" | "none" } = {},
) {
  const newcomer = account(id, { passwordHash: null, ...changes });
  return accounts.insertWithResetToken(newcomer, seat, tokenOf(id), by, record(id));
}

/** Accounts that are made for others, who set their passwords. */
export function newUserPromises(open: OpenStorage): void {
  describe("the store of accounts that are made with a reset token", () => {
    const storage = useStorage(open);
    const addBob = () => storage.stores.accounts.insert(account("bob", { roles: ["admin"] }), "none");
    const ids = async () => (await storage.stores.accounts.list()).map(({ id }) => id);
    const trail = () => storage.stores.audit.list({ since: new Date(0), limit: 100 });

    it("inserts the account without a password, its token and its row in the trail", async () => {
      await addBob();
      const changes = { roles: ["admin", "user"], displayName: "Ada L." } as const;
      expect(await make(storage.stores, "ada", changes)).toBe(true);
      const ada = account("ada", { passwordHash: null, ...changes });
      const { accounts } = storage.stores;
      expect(await accounts.find("ada")).toEqual(ada);
      expect(await accounts.findByResetToken("token of ada")).toEqual({
        account: ada,
        token: tokenOf("ada"),
      });
      expect(await trail()).toEqual([record("ada")]);
      expect((await accounts.search({ terms: ["ada"], after: null, limit: 9 })).accounts).toEqual([ada]);
    });

    it("makes one account of fifty with one name that are asked for at once, with one token and one row", async () => {
      await addBob();
      const answers = await race(storage, 50, (stores, index) =>
        make(stores, `id ${index}`, { usernameKey: "ada" }),
      );
      expect(tally(answers)).toEqual({ true: 1, false: 49 });
      const [made] = (await ids()).filter((id) => id !== "bob");
      expect(await trail()).toEqual([record(made ?? "")]);
      const tokens = await storage.driver.rows`SELECT 1 FROM "User" WHERE "resetTokenHash" IS NOT NULL`;
      expect(tokens).toHaveLength(1);
    });

    it("makes none for somebody who was disabled or removed, or has other roles than were seen", async () => {
      await addBob();
      const { accounts } = storage.stores;
      expect(await make(storage.stores, "seen as owner", { by: { id: "bob", roles: ["owner"] } })).toBe(
        false,
      );
      await accounts.setRoles(bob, ["user"], "stays");
      expect(await make(storage.stores, "after the role was lost")).toBe(false);
      await accounts.setRoles({ id: "bob", roles: ["user"] }, ["admin"], "stays");
      await accounts.disable("bob", now, "stays");
      expect(await make(storage.stores, "after it was disabled")).toBe(false);
      await accounts.remove("bob");
      expect(await make(storage.stores, "after it was removed")).toBe(false);
      expect(await ids()).toEqual([]);
      expect(await trail()).toEqual([]);
    });

    it("asks for nobody's roles where the operator makes it", async () => {
      expect(await make(storage.stores, "ada", { by: null })).toBe(true);
    });

    it("gives the owner's seat to one of fifty, and to none while somebody has it", async () => {
      const answers = await race(storage, 50, (stores, index) =>
        make(stores, `id ${index}`, { by: null, seat: "owner", roles: ["owner"] }),
      );
      expect(tally(answers)).toEqual({ true: 1, false: 49 });
      expect(await make(storage.stores, "late", { by: null, seat: "owner" })).toBe(false);
      expect(await storage.stores.accounts.insert(account("later"), "owner")).toBe("owner_seat_taken");
    });

    it("takes the first password once, and none once who made it may not act on the account", async () => {
      await addBob();
      await make(storage.stores, "ada");
      const { accounts } = storage.stores;
      const ada = { id: "ada", roles: ["user"] } as const;
      const first = { passwordHash: "first", now: later(1), tokenHash: "token of ada", mails: [] };
      await accounts.disable("bob", now, "stays");
      expect(await accounts.completeReset(ada, first, bob)).toBe(false);
      await accounts.enable("bob");
      expect(await accounts.completeReset(ada, first, bob)).toBe(true);
      expect(await accounts.completeReset(ada, { ...first, passwordHash: "second" }, bob)).toBe(false);
      expect((await accounts.find("ada"))?.passwordHash).toBe("first");
    });
  });
}
