import { describe, expect, it } from "vitest";
import { mail } from "./mails";
import { later, now, type OpenStorage, race, tally, useStorage } from "./open-storage";
import { account, addAda } from "./rows";

export function accountPromises(open: OpenStorage): void {
  describe("the store of accounts", () => {
    const storage = useStorage(open);

    it("gives the owner's seat to one of fifty, and says to the others that it is taken", async () => {
      const answers = await race(storage, 50, ({ accounts }, index) =>
        accounts.insert(account(`user ${index}`, { roles: ["owner"] }), "owner"),
      );
      expect(tally(answers)).toEqual({ inserted: 1, owner_seat_taken: 49 });
      expect(await storage.stores.accounts.list()).toHaveLength(1);
      // Also later, and to a name that is taken as well.
      expect(await storage.stores.accounts.insert(account("late"), "owner")).toBe("owner_seat_taken");
    });

    it("gives a name to one of fifty, and says to the others that it is taken", async () => {
      const answers = await race(storage, 50, ({ accounts }, index) =>
        accounts.insert(account(`id ${index}`, { usernameKey: "ada" }), "none"),
      );
      expect(tally(answers)).toEqual({ inserted: 1, username_taken: 49 });
    });

    it("seats no owner under a name that is taken", async () => {
      await addAda(storage.stores);
      const second = account("id", { usernameKey: "ada" });
      expect(await storage.stores.accounts.insert(second, "owner")).toBe("username_taken");
      expect(await storage.stores.accounts.insert(account("bob"), "owner")).toBe("inserted");
    });

    it("returns an account as it was inserted, and none for a name that nobody has", async () => {
      const { accounts } = storage.stores;
      expect(await accounts.hasAny()).toBe(false);
      expect(await accounts.findByUsernameKey("ada")).toBeUndefined();
      const ada = account("ada", { roles: ["owner", "admin"], displayName: "Ada L." });
      await accounts.insert(ada, "owner");
      expect(await accounts.hasAny()).toBe(true);
      expect(await accounts.find("ada")).toEqual(ada);
      expect(await accounts.findByUsernameKey("ada")).toEqual(ada);
      expect(await accounts.findByUsernameKey("Ada")).toBeUndefined();
      expect(await accounts.findByUsernameKey("bob")).toBeUndefined();
    });

    it("lists accounts by when they were made, and those of one moment by their id", async () => {
      const { accounts } = storage.stores;
      for (const id of ["c", "a", "b"]) await accounts.insert(account(id), "none");
      await accounts.insert(account("first", { createdAt: later(-1) }), "none");
      expect((await accounts.list()).map(({ id }) => id)).toEqual(["first", "a", "b", "c"]);
    });

    it("finds accounts by parts of their names, by state and by role, the newest first, page by page", async () => {
      const { accounts } = storage.stores;
      const add = (id: string, age: number, changes: Parameters<typeof account>[1]) =>
        accounts.insert(account(id, { createdAt: later(-age), ...changes }), "none");
      // From the oldest, as they come to be made.
      await add("1", 6, { usernameKey: "olive", displayName: "Olive Tree", roles: ["owner"] });
      await add("2", 5, { usernameKey: "ada.lovelace", displayName: "Ada King" });
      await add("3", 4, { usernameKey: "ben_100%", displayName: "§owner of love" });
      await add("4", 3, { usernameKey: "zhang", displayName: "张伟", roles: ["admin", "user"] });
      await add("5", 2, { usernameKey: 'o"brien', displayName: "Glove" });
      await accounts.disable("5", later(0), "stays");
      const found = async (wanted: Partial<Parameters<typeof accounts.search>[0]>) => {
        const { accounts: page, next } = await accounts.search({
          terms: [],
          after: null,
          limit: 9,
          ...wanted,
        });
        expect(next).toBeNull();
        return page.map(({ id }) => id).join("");
      };
      expect(await found({})).toBe("54321");
      expect(await found({ terms: ["love"] })).toBe("532");
      expect(await found({ terms: ["lovelace", "king"] })).toBe("2");
      expect(await found({ terms: ["lovelace", "tree"] })).toBe("");
      expect(await found({ terms: ["ad"] })).toBe("2");
      expect(await found({ terms: ["张"] })).toBe("4");
      expect(await found({ terms: ["ki"] })).toBe("2");
      expect(await found({ terms: ["ve"] })).toBe("");
      expect(await found({ terms: ["张伟"] })).toBe("4");
      expect(await found({ terms: ["100%"] })).toBe("3");
      expect(await found({ terms: ["n_1"] })).toBe("3");
      expect(await found({ terms: ['o"b'] })).toBe("5");
      expect(await found({ terms: ["%%%"] })).toBe("");
      expect(await found({ role: "owner" })).toBe("1");
      expect(await found({ role: "admin" })).toBe("4");
      expect(await found({ status: "disabled" })).toBe("5");
      expect(await found({ status: "open", terms: ["love"] })).toBe("32");
      const pages: string[] = [];
      for (let after: string | null = null; pages.length < 9; ) {
        const page = await accounts.search({ terms: [], after, limit: 2 });
        pages.push(page.accounts.map(({ id }) => id).join(""));
        after = page.next;
        if (after === null) break;
      }
      expect(pages).toEqual(["54", "32", "1"]);
      await accounts.rename(
        { id: "2", usernameKey: "ada.lovelace" },
        { username: "Eve", usernameKey: "eve" },
      );
      await accounts.setDisplayName("3", "Ben");
      await accounts.setRoles({ id: "4", roles: ["admin", "user"] }, ["user"], "stays");
      await accounts.enable("5");
      expect(await found({ terms: ["love"] })).toBe("5");
      expect(await found({ terms: ["eve"] })).toBe("2");
      for (const [written, term] of [
        ["Иван Петров", "иван"],
        ["Мария-Élodie", "élod"],
        ["ÖZLEM", "özlem"],
        ["Ирина", "рина"],
      ] as const) {
        await accounts.setDisplayName("3", written);
        expect(await found({ terms: [term] }), written).toBe("3");
      }
      await accounts.setDisplayName("3", "Ben");
      expect(await found({ role: "admin" })).toBe("");
      expect(await found({ status: "disabled" })).toBe("");
      await accounts.disable("5", later(0), "stays");
      await accounts.remove("5");
      expect(await found({ terms: ["glove"] })).toBe("");
      expect(await found({})).toBe("4321");
    });

    it("changes nothing by somebody whose roles, or the account's, are others than were seen", async () => {
      await addAda(storage.stores);
      const { accounts } = storage.stores;
      await accounts.insert(account("bob", { roles: ["admin"] }), "none");
      const good = { by: { id: "bob", roles: ["admin"] }, roles: ["user"] } as const;
      const stale = [
        { ...good, roles: ["admin"] },
        { ...good, by: { id: "bob", roles: ["owner"] } },
        { ...good, by: { id: "nobody", roles: ["admin"] } },
      ] as const;
      const ada = { id: "ada", roles: ["user"] } as const;
      for (const guard of stale) {
        expect(await accounts.setRoles(ada, ["admin"], "stays", guard)).toBe("changed_meanwhile");
        expect(await accounts.disable("ada", now, "stays", guard)).toBe("changed_meanwhile");
        expect(await accounts.setDisplayName("ada", "Eve", guard)).toBe(false);
        const eve = { username: "eve", usernameKey: "eve" };
        expect(await accounts.rename({ id: "ada", usernameKey: "ada" }, eve, guard)).toBe(
          "changed_meanwhile",
        );
      }
      expect(await accounts.find("ada")).toEqual(account("ada"));
      expect(await accounts.disable("ada", now, "stays", good)).toBe("done");
      for (const guard of stale) expect(await accounts.enable("ada", guard)).toBe(false);
      expect(await accounts.enable("ada", good)).toBe(true);
      expect(await accounts.setRoles(ada, ["admin"], "stays", good)).toBe("done");
      await accounts.disable("bob", now, "stays");
      const late = { by: good.by, roles: ["admin"] } as const;
      expect(await accounts.setRoles({ id: "ada", roles: ["admin"] }, ["user"], "stays", late)).toBe(
        "changed_meanwhile",
      );
    });

    it("replaces a password hash for one of fifty who saw the same", async () => {
      await addAda(storage.stores);
      const answers = await race(storage, 50, ({ accounts }, index) =>
        accounts.replacePasswordHash("ada", "hash", `hash ${index}`, index === 0 ? null : later(index)),
      );
      expect(tally(answers)).toEqual({ true: 1, false: 49 });
      const ada = await storage.stores.accounts.find("ada");
      const index = Number(ada?.passwordHash?.split(" ")[1]);
      expect(ada?.passwordChangedAt).toEqual(index === 0 ? now : later(index));
    });

    it("gives a reset token, and takes a new password for it once of fifty", async () => {
      await addAda(storage.stores);
      const { accounts } = storage.stores;
      const ada = { id: "ada", roles: ["user"] } as const;
      const token = { hash: "token", expiresAt: later(60), issuedBy: null };
      expect(await accounts.setResetToken(ada, token, null)).toBe(true);
      expect((await accounts.findByResetToken("token"))?.token).toEqual(token);
      expect(await accounts.findByResetToken("other")).toBeUndefined();
      const late = { passwordHash: "late", now: later(60), tokenHash: "token", mails: [] };
      expect(await accounts.completeReset(ada, late, null)).toBe(false);
      const replaced = { ...late, now: later(1), tokenHash: "earlier" };
      expect(await accounts.completeReset(ada, replaced, null)).toBe(false);
      const answers = await race(storage, 50, (stores, index) =>
        stores.accounts.completeReset(
          ada,
          { passwordHash: `new ${index}`, now: later(1), tokenHash: "token", mails: [mail(`${index}`)] },
          null,
        ),
      );
      expect(tally(answers)).toEqual({ true: 1, false: 49 });
      const hash = (await accounts.find("ada"))?.passwordHash;
      const told = await storage.driver.rows<{ id: string }>`SELECT "id" FROM "OutgoingMail"`;
      expect(told.map(({ id }) => `new ${id}`)).toEqual([hash]);
      expect(await accounts.findByResetToken("token")).toBeUndefined();
    });

    it("takes no reset token by somebody whose roles, or whose account, have changed", async () => {
      await addAda(storage.stores);
      const { accounts } = storage.stores;
      await accounts.insert(account("bob", { roles: ["admin"] }), "none");
      const [ada, bob] = [{ id: "ada", roles: ["user"] } as const, { id: "bob", roles: ["admin"] } as const];
      const token = { hash: "token", expiresAt: later(60), issuedBy: "bob" };
      const change = { passwordHash: "new", now: later(1), tokenHash: "token", mails: [] };
      expect(await accounts.setResetToken({ id: "ada", roles: ["owner"] }, token, bob)).toBe(false);
      expect(await accounts.setResetToken(ada, token, { id: "bob", roles: ["owner"] })).toBe(false);
      expect(await accounts.setResetToken(ada, token, bob)).toBe(true);
      await accounts.setRoles(bob, ["user"], "stays");
      expect(await accounts.completeReset(ada, change, bob)).toBe(false);
      await accounts.setRoles({ id: "bob", roles: ["user"] }, ["admin"], "stays");
      await accounts.disable("bob", later(1), "stays");
      expect(await accounts.completeReset(ada, change, bob)).toBe(false);
      await accounts.enable("bob");
      expect(await accounts.completeReset({ id: "ada", roles: ["admin"] }, change, bob)).toBe(false);
      expect(await accounts.completeReset(ada, change, bob)).toBe(true);
    });

    it("forgets a reset token when the password is set in another way, and when the account is closed", async () => {
      await addAda(storage.stores);
      const { accounts } = storage.stores;
      const token = { hash: "token", expiresAt: later(60), issuedBy: null };
      const give = () => accounts.setResetToken({ id: "ada", roles: ["user"] }, token, null);
      const isThere = async () => (await accounts.findByResetToken("token")) !== undefined;
      await give();
      expect(await accounts.replacePasswordHash("ada", "hash", "rehashed", null)).toBe(true);
      expect(await isThere()).toBe(true);
      await accounts.replacePasswordHash("ada", "rehashed", "changed", later(1));
      expect(await isThere()).toBe(false);
      await give();
      await accounts.setPasswordHash("ada", "set", later(1));
      expect(await isThere()).toBe(false);
      await give();
      await accounts.disable("ada", later(1), "stays");
      expect(await isThere()).toBe(false);
      expect(await give()).toBe(false);
    });

    it("closes an account once, and changes no name of one that is closed", async () => {
      await addAda(storage.stores);
      const { accounts } = storage.stores;
      expect(await accounts.enable("ada")).toBe(false);
      await accounts.disable("ada", later(1), "stays");
      await accounts.disable("ada", later(2), "stays");
      expect((await accounts.find("ada"))?.disabledAt).toEqual(later(1));
      expect(await accounts.setDisplayName("ada", "Ada")).toBe(false);
      expect(tally(await race(storage, 50, (stores) => stores.accounts.enable("ada")))).toEqual({
        true: 1,
        false: 49,
      });
      expect(await accounts.setDisplayName("ada", "Ada")).toBe(true);
      expect(await accounts.setDisplayName("nobody", "Ada")).toBe(false);
    });

    it("keeps one of two owners open, when fifty close either at once, and lets the last go when it is meant", async () => {
      const { accounts } = storage.stores;
      for (const id of ["ada", "ben"])
        await accounts.insert(account(id, { roles: ["owner", "user"] }), "none");
      await race(storage, 50, (stores, index) =>
        stores.accounts.disable(index % 2 === 0 ? "ada" : "ben", now, "stays"),
      );
      const open = (await accounts.list()).filter(({ disabledAt }) => disabledAt === null);
      expect(open).toHaveLength(1);
      const [{ id } = { id: "" }] = open;
      expect(await accounts.disable(id, now, "stays")).toBe("last_owner");
      expect(await accounts.disable(id, now, "may_go")).toBe("done");
      // One that is closed is as it should be.
      expect(await accounts.disable(id, now, "stays")).toBe("done");
    });

    it("keeps one of two owners, when fifty take the role from either at once", async () => {
      const { accounts } = storage.stores;
      const owners = ["ada", "ben"].map((id) => account(id, { roles: ["owner", "user"] }));
      for (const owner of owners) await accounts.insert(owner, "none");
      await race(storage, 50, (stores, index) =>
        stores.accounts.setRoles(owners[index % 2] as (typeof owners)[0], ["user"], "stays"),
      );
      const roles = (await accounts.list()).map((one) => one.roles.join(" ")).sort();
      expect(roles).toEqual(["owner user", "user"]);
    });

    it("changes roles from those that were seen, and leaves the last owner's", async () => {
      const { accounts } = storage.stores;
      const ada = account("ada", { roles: ["owner"] });
      await accounts.insert(ada, "none");
      await accounts.insert(account("ben", { roles: ["user"] }), "none");
      expect(await accounts.setRoles(ada, ["admin"], "stays")).toBe("last_owner");
      expect(await accounts.setRoles(ada, ["owner", "admin"], "stays")).toBe("done");
      expect(await accounts.setRoles(ada, ["user"], "may_go")).toBe("changed_meanwhile");
      expect(await accounts.setRoles({ id: "ben", roles: ["user"] }, ["owner"], "stays")).toBe("done");
      expect(await accounts.setRoles({ id: "ada", roles: ["owner", "admin"] }, ["user"], "stays")).toBe(
        "done",
      );
      expect((await accounts.find("ada"))?.roles).toEqual(["user"]);
    });

    it("gives a new name to one of fifty, from the name that was seen, and not one that is taken", async () => {
      const { accounts } = storage.stores;
      const ada = account("ada");
      await accounts.insert(ada, "none");
      await accounts.insert(account("ben"), "none");
      expect(await accounts.rename(ada, { username: "Ben", usernameKey: "ben" })).toBe("username_taken");
      const answers = await race(storage, 50, (stores, index) =>
        stores.accounts.rename(ada, { username: `Ada${index}`, usernameKey: `ada${index}` }),
      );
      expect(tally(answers)).toEqual({ done: 1, changed_meanwhile: 49 });
      const renamed = await accounts.find("ada");
      expect(renamed?.usernameKey).toBe(renamed?.username.toLowerCase());
      expect(await accounts.findByUsernameKey("ada")).toBeUndefined();
      // The same name, written otherwise.
      expect(
        await accounts.rename({ id: "ben", usernameKey: "ben" }, { username: "BEN", usernameKey: "ben" }),
      ).toBe("done");
    });

    it("gives one name to one of fifty accounts that ask for it at once", async () => {
      const { accounts } = storage.stores;
      for (let index = 0; index < 50; index += 1) await accounts.insert(account(`user ${index}`), "none");
      const answers = await race(storage, 50, (stores, index) =>
        stores.accounts.rename(account(`user ${index}`), { username: "Ada", usernameKey: "ada" }),
      );
      expect(tally(answers)).toEqual({ done: 1, username_taken: 49 });
    });

    it("removes an account that is closed, with what is kept of it, and none that is open", async () => {
      const { accounts, knownDevices } = storage.stores;
      const ada = account("ada");
      await accounts.insert(ada, "none");
      await knownDevices.remember(ada, "key", now);
      expect(await accounts.remove("ada")).toBe(false);
      await accounts.disable("ada", now, "stays");
      expect(await accounts.remove("ada")).toBe(true);
      expect(await accounts.remove("ada")).toBe(false);
      expect([await accounts.find("ada"), await knownDevices.listOf("ada")]).toEqual([undefined, []]);
      await addAda(storage.stores);
      expect(await knownDevices.listOf("ada")).toEqual([]);
    });
  });
}
