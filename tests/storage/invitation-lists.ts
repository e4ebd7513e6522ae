import { describe, expect, it } from "vitest";
import type { InvitationRecord } from "../../src/modules/invitations";
import { later, now, type OpenStorage, race, tally, useStorage } from "./open-storage";
import { account } from "./rows";

const toGrace = (id: string, changes: Partial<InvitationRecord> = {}) => ({
  ...{ id, codeHash: `code of ${id}`, roles: ["user"] as const, uses: 1, createdBy: null },
  ...{ createdAt: now, expiresAt: later(1000), revokedAt: null, locale: "en" as const },
  ...changes,
  email: "Grace@example.com",
});
const KEY = "grace@example.com";

/** Invitations to an address, of which there is one. */
export function invitationListPromises(open: OpenStorage): void {
  describe("the store of invitations to addresses", () => {
    const storage = useStorage(open);
    const insert = (id: string, seen = 0, changes: Partial<InvitationRecord> = {}) =>
      storage.stores.invitations.insertForAddress(toGrace(id, changes), seen, []);
    const join = (id: string) => {
      const seen = { id, codeHash: `code of ${id}`, inviter: null };
      return storage.stores.accounts.insertInvited(account("grace"), seen, now, null);
    };

    it("inserts one of fifty to the same address that all saw none, and its mail with it", async () => {
      const mails = (index: number) => [
        {
          ...{ id: `mail ${index}`, kind: "test", recipient: KEY, locale: "en", sealedData: "", tries: 0 },
          ...{ createdAt: now, dueAt: now, expiresAt: later(1000) },
        },
      ];
      const answers = await race(storage, 50, ({ invitations }, index) =>
        invitations.insertForAddress(toGrace(`${index}`), 0, mails(index)),
      );
      expect(tally(answers)).toEqual({ true: 1, false: 49 });
      expect(await storage.driver.rows`SELECT "id" FROM "OutgoingMail"`).toHaveLength(1);
      const known = await storage.stores.invitations.lookAt(KEY, now);
      expect(known).toMatchObject({
        hasAccount: false,
        invitations: [{ email: "Grace@example.com", used: 0 }],
      });
    });

    it("finds none that is revoked, expired or used up, and inserts beside them", async () => {
      const { invitations } = storage.stores;
      expect(await insert("revoked")).toBe(true);
      await invitations.revoke("revoked", now);
      expect(await insert("expired", 0, { expiresAt: now })).toBe(true);
      expect(await insert("open")).toBe(true);
      expect((await invitations.lookAt(KEY, now)).invitations.map(({ id }) => id)).toEqual(["open"]);
      expect(await insert("second")).toBe(false);
      expect(await insert("second", 1)).toBe(true);
    });

    it("inserts none to an address that an account has, is called, or was invited to", async () => {
      const { accounts, invitations } = storage.stores;
      const isKnown = async () => (await invitations.lookAt(KEY, now)).hasAccount;
      await insert("i");
      expect(await join("i")).toBe(true);
      expect(await isKnown()).toBe(true);
      expect(await insert("joined")).toBe(false);
      await accounts.disable("grace", now, "may_go");
      await accounts.remove("grace");
      expect(await isKnown()).toBe(false);
      await accounts.insert(account("named", { usernameKey: KEY }), "none");
      expect(await isKnown()).toBe(true);
      expect(await insert("named")).toBe(false);
      await accounts.rename({ id: "named", usernameKey: KEY }, { username: "other", usernameKey: "other" });
      const email = { userId: "named", key: KEY, address: KEY, locale: "en", createdAt: now };
      const noCode = { codeHash: null, codeTries: 0, codeExpiresAt: null };
      await storage.driver.insert("EmailAddress", {
        ...email,
        ...noCode,
        verifiedAt: null,
        verifiedKey: null,
      });
      expect(await isKnown()).toBe(false);
      await storage.driver.changes`UPDATE "EmailAddress" SET "verifiedKey" = "key"`;
      expect(await isKnown()).toBe(true);
      expect(await insert("verified")).toBe(false);
      expect(await insert("elsewhere")).toBe(false);
    });
  });
}
