import { describe, expect, it } from "vitest";
import type { SignUpRequest } from "../../src/modules/sign-up-requests";
import { mail } from "./mails";
import { later, now, type OpenStorage, race, tally, useStorage } from "./open-storage";
import { account } from "./rows";

const email = { key: "grace@example.com", address: "Grace@example.com", locale: "en" as const };
const request = (id: string, changes: Partial<SignUpRequest> = {}): SignUpRequest => ({
  ...{ idHash: id, accountId: `account ${id}`, email, keyThumbprint: "key", codeHash: `code ${id}` },
  expiresAt: later(60),
  ...changes,
});

/** Sign-ups that wait for their code, and the accounts that come of them with their address. */
export function signUpRequestPromises(open: OpenStorage): void {
  describe("the store of requests to sign up", () => {
    const storage = useStorage(open);
    const insert = (...requests: SignUpRequest[]) =>
      Promise.all(requests.map((one) => storage.stores.signUpRequests.insert(one, [])));
    const tried = { idHash: "1", keyThumbprint: "key", codeHash: "code 1" };

    it("keeps a request with its mail, and finds it by its key and in time", async () => {
      const { signUpRequests } = storage.stores;
      await signUpRequests.insert(request("1"), [mail("m")]);
      const mails = await storage.driver.rows<{ id: string }>`SELECT "id" FROM "OutgoingMail"`;
      expect(mails).toEqual([{ id: "m" }]);
      expect(await signUpRequests.countTry(tried, 5, now)).toEqual(request("1"));
      for (const keyThumbprint of ["other", null])
        expect(await signUpRequests.countTry({ ...tried, keyThumbprint }, 5, now)).toBeUndefined();
      expect(await signUpRequests.countTry(tried, 5, later(60))).toBeUndefined();
      expect(await signUpRequests.deleteExpiredBefore(later(59))).toBe(0);
      expect(await signUpRequests.deleteExpiredBefore(later(60))).toBe(1);
    });

    it("lets a right code be sent again, and no code after five of fifty wrong ones", async () => {
      await insert(request("1"));
      for (let count = 0; count < 6; count += 1)
        expect(await storage.stores.signUpRequests.countTry(tried, 5, now)).toBeDefined();
      const tries = await race(storage, 50, ({ signUpRequests }) =>
        signUpRequests.countTry({ ...tried, codeHash: "wrong" }, 5, now).then((found) => found !== undefined),
      );
      expect(tally(tries)).toEqual({ true: 5, false: 45 });
      expect(await storage.stores.signUpRequests.countTry(tried, 5, now)).toBeUndefined();
    });

    const make = (id: string, name = id, seen = request(id)) =>
      storage.stores.accounts.insertProven(
        account(`account ${id}`, { username: name, usernameKey: name }),
        seen,
        email,
        now,
      );

    it("makes one account of fifty with one address, and that one has the address", async () => {
      await insert(request("1"), request("2"));
      const made = await race(storage, 50, ({ accounts }, index) => {
        const id = `${(index % 2) + 1}`;
        const named = account(`account ${id}`, { username: `n${index}`, usernameKey: `n${index}` });
        return accounts.insertProven(named, request(id), email, now);
      });
      expect(tally(made)).toEqual({ true: 1, false: 49 });
      const accounts = await storage.stores.accounts.list();
      expect(accounts).toHaveLength(1);
      expect(await storage.stores.emails.listOf(accounts[0]?.id ?? "")).toMatchObject([
        { ...email, verifiedAt: now },
      ]);
      expect(await storage.stores.accounts.findByEmailKey(email.key)).toEqual(accounts[0]);
    });

    it.each(["another code", "an expired request", "a name that is taken", "somebody who is called so"])(
      "makes none, and no address, with %s",
      async (what) => {
        await insert(request("1", what === "an expired request" ? { expiresAt: now } : {}));
        const taken = what === "a name that is taken" ? "1" : email.key;
        const isTaken = what.includes("name that") || what.includes("somebody");
        if (isTaken)
          await storage.stores.accounts.insert(
            account("ada", { username: taken, usernameKey: taken }),
            "none",
          );
        const seen = request("1", what === "another code" ? { codeHash: "other" } : {});
        expect(await make("1", "1", seen)).toBe(false);
        expect(await storage.stores.accounts.find("account 1")).toBeUndefined();
        expect(await storage.stores.emails.listOf("account 1")).toEqual([]);
      },
    );

    it("makes no second account when the first is removed", async () => {
      await insert(request("1"));
      expect(await make("1")).toBe(true);
      await storage.stores.accounts.disable("account 1", now, "may_go");
      expect(await storage.stores.accounts.remove("account 1")).toBe(true);
      expect(await make("1")).toBe(false);
    });
  });
}
