import { describe, expect, it } from "vitest";
import type { InvitationRecord } from "../../src/modules/invitations";
import { later, now, type OpenStorage, race, tally, useStorage } from "./open-storage";
import { account, passkey } from "./rows";

function invitation(id: string, changes: Partial<InvitationRecord> = {}): InvitationRecord {
  return {
    id,
    codeHash: `code of ${id}`,
    roles: ["admin", "user"],
    uses: 3,
    createdBy: "ada",
    createdAt: now,
    expiresAt: later(1000),
    revokedAt: null,
    email: null,
    locale: null,
    ...changes,
  };
}

/** Invitations, and the accounts that are their uses. */
export function invitationPromises(open: OpenStorage): void {
  describe("the store of invitations", () => {
    const storage = useStorage(open);
    const seen = { id: "i", codeHash: "code of i", inviter: { roles: ["owner"] } } as const;
    const join = (name: string, changes: object = {}, at = now) =>
      storage.stores.accounts.insertInvited(account(name), { ...seen, ...changes }, at, null);
    const invite = async (changes: Partial<InvitationRecord> = {}) => {
      await storage.stores.accounts.insert(account("ada", { roles: ["owner"] }), "none");
      await storage.stores.invitations.insert(invitation("i", changes), []);
    };
    const used = async () => (await storage.stores.invitations.find("i"))?.used;

    it("makes three accounts of fifty that ask at once with an invitation for three", async () => {
      await invite();
      const answers = await race(storage, 50, ({ accounts }, index) =>
        accounts.insertInvited(account(`user ${index}`, { roles: ["admin", "user"] }), seen, now, null),
      );
      expect(tally(answers)).toEqual({ true: 3, false: 47 });
      expect(await used()).toBe(3);
      expect(await storage.stores.accounts.list()).toHaveLength(4);
    });

    it("stores an account as it was asked for, with its invitation", async () => {
      await invite();
      const grace = account("grace", { roles: ["admin", "user"], displayName: "Grace H." });
      expect(await storage.stores.accounts.insertInvited(grace, seen, now, null)).toBe(true);
      expect(await storage.stores.accounts.find("grace")).toEqual({ ...grace, invitationId: "i" });
    });

    it("makes three accounts with a passkey of fifty that ask at once, each with its own", async () => {
      await invite();
      const answers = await race(storage, 50, ({ accounts }, index) => {
        const newcomer = account(`user ${index}`, { passwordHash: null });
        return accounts.insertInvited(newcomer, seen, now, passkey(`key ${index}`, newcomer.id));
      });
      expect(tally(answers)).toEqual({ true: 3, false: 47 });
      const made = (await storage.stores.accounts.list()).filter(({ invitationId }) => invitationId === "i");
      expect(made).toHaveLength(3);
      for (const { id, passwordHash } of made) {
        expect(passwordHash).toBeNull();
        expect(await storage.stores.passkeys.listOf(id)).toEqual([passkey(id.replace("user", "key"), id)]);
      }
      expect(await storage.driver.passkey.count()).toBe(3);
    });

    it("makes no account whose passkey another one has, however many ask at once, and keeps the use", async () => {
      await invite();
      for (let index = 0; index < 10; index += 1)
        await storage.stores.invitations.insert(invitation(`${index}`, { codeHash: `code of ${index}` }), []);
      const answers = await race(storage, 10, ({ accounts }, index) => {
        const own = { ...seen, id: `${index}`, codeHash: `code of ${index}` };
        const newcomer = account(`user ${index}`, { passwordHash: null });
        return accounts.insertInvited(newcomer, own, now, passkey("the same", newcomer.id));
      });
      expect(tally(answers)).toEqual({ true: 1, false: 9 });
      expect(await storage.driver.passkey.count()).toBe(1);
      const late = account("late", { passwordHash: null });
      expect(await storage.stores.accounts.insertInvited(late, seen, now, passkey("the same", "late"))).toBe(
        false,
      );
      expect(await used()).toBe(0);
    });

    it("makes no account under a name that is taken, and keeps the use", async () => {
      await invite({ uses: 1 });
      expect(await join("ada")).toBe(false);
      expect(
        await storage.stores.accounts.insertInvited(account("x", { usernameKey: "ada" }), seen, now, null),
      ).toBe(false);
      expect(await used()).toBe(0);
    });

    it("makes no account once it is revoked, expired or renewed, or its inviter is closed or has other roles", async () => {
      await invite();
      const { accounts, invitations } = storage.stores;
      expect(await join("late", {}, later(1000))).toBe(false);
      expect(await join("other code", { codeHash: "another" })).toBe(false);
      expect(await join("other invitation", { id: "another" })).toBe(false);
      await accounts.setRoles({ id: "ada", roles: ["owner"] }, ["user"], "may_go");
      expect(await join("demoted")).toBe(false);
      expect(await join("seen anew", { inviter: { roles: ["user"] } })).toBe(true);
      await accounts.disable("ada", now, "may_go");
      expect(await join("closed", { inviter: { roles: ["user"] } })).toBe(false);
      await accounts.enable("ada");
      await accounts.setRoles({ id: "ada", roles: ["user"] }, ["owner"], "may_go");
      expect(await join("opened")).toBe(true);
      expect(await invitations.revoke("i", now)).toBe(true);
      expect(await join("revoked")).toBe(false);
    });

    it("makes none for an inviter who was removed", async () => {
      await invite();
      await storage.stores.accounts.disable("ada", now, "may_go");
      await storage.stores.accounts.remove("ada");
      expect(await storage.stores.invitations.find("i")).toMatchObject({ createdBy: "ada", inviter: null });
      expect(await join("late")).toBe(false);
      expect(await join("seen without", { inviter: null })).toBe(false);
    });

    it("asks for no inviter where the operator made it", async () => {
      await invite({ createdBy: null });
      expect(await join("grace", { inviter: null })).toBe(true);
    });

    it("gives no use back when an account is removed", async () => {
      await invite({ uses: 1 });
      expect(await join("grace")).toBe(true);
      await storage.stores.accounts.disable("grace", now, "may_go");
      expect(await storage.stores.accounts.remove("grace")).toBe(true);
      expect(await join("second")).toBe(false);
    });

    it("is renewed by one of fifty who saw the same code, and the old code is dead", async () => {
      await invite();
      const answers = await race(storage, 50, ({ invitations }, index) =>
        invitations.renew(seen, { codeHash: `new ${index}`, createdBy: null, expiresAt: later(5000) }, []),
      );
      expect(tally(answers)).toEqual({ true: 1, false: 49 });
      const renewed = await storage.stores.invitations.find("i");
      expect(renewed).toMatchObject({ createdBy: null, inviter: null, expiresAt: later(5000) });
      expect(await storage.stores.invitations.findByCodeHash("code of i")).toBeUndefined();
      expect(await storage.stores.invitations.findByCodeHash(renewed?.codeHash ?? "")).toEqual(renewed);
      expect(await join("old code")).toBe(false);
    });

    it("is revoked once, and cannot be renewed then", async () => {
      await invite();
      const answers = await race(storage, 50, ({ invitations }) => invitations.revoke("i", later(1)));
      expect(tally(answers)).toEqual({ true: 1, false: 49 });
      const to = { codeHash: "new", createdBy: "ada", expiresAt: later(5000) };
      expect(await storage.stores.invitations.renew(seen, to, [])).toBe(false);
    });

    it("lists the newest first, by pages that neither repeat nor leave out one of the same moment", async () => {
      await invite();
      const { invitations } = storage.stores;
      for (const id of ["c", "a", "b"]) await invitations.insert(invitation(id), []);
      await invitations.insert(invitation("newest", { createdAt: later(1) }), []);
      const ids: string[] = [];
      let page = await invitations.list(null, 2);
      while (page.length > 0) {
        ids.push(...page.map(({ id }) => id));
        page = await invitations.list(page.at(-1) ?? null, 2);
      }
      expect(ids).toEqual(["newest", "i", "c", "b", "a"]);
      const inviter = { id: "ada", username: "ada", displayName: "ada", roles: ["owner"], isOpen: true };
      expect((await invitations.list(null, 1))[0]).toEqual({
        ...invitation("newest", { createdAt: later(1) }),
        ...{ used: 0, inviter },
      });
    });

    it("forgets those that expired before", async () => {
      await invite();
      const { invitations } = storage.stores;
      expect(await invitations.deleteExpiredBefore(later(1000))).toBe(0);
      expect(await invitations.deleteExpiredBefore(later(1001))).toBe(1);
      expect(await invitations.find("i")).toBeUndefined();
    });
  });
}
