import { describe, expect, it } from "vitest";
import { later, now, type OpenStorage, race, tally, useStorage } from "./open-storage";
import { account } from "./rows";

const pending = { secret: "sealed", addedBy: "session", expiresAt: later(60) };
const challenge = {
  idHash: "hash",
  userId: "ada",
  keyThumbprint: "key",
  applicationId: null,
  passwordChangedAt: now,
  isEnrolment: false,
  tries: 0,
  expiresAt: later(60),
};

/** Apps, recovery codes, and the challenges between the two steps of a sign-in. */
export function secondFactorPromises(open: OpenStorage): void {
  describe("the store of second factors", () => {
    const storage = useStorage(open);
    const begin = async () => {
      await storage.stores.accounts.insert(account("ada"), "none");
      await storage.stores.secondFactors.begin("ada", pending);
    };
    const add = async () => {
      await begin();
      await storage.stores.secondFactors.confirm("ada", pending, {
        step: 7,
        at: now,
        codes: ["a", "b"],
        mayReplace: true,
      });
    };
    const noteStep = (step: number, noneAfter = 100) =>
      race(storage, 50, ({ secondFactors }) =>
        secondFactors.noteStep("ada", { secret: "sealed", step, noneAfter }),
      );

    it("confirms an app once of fifty times, and only the one that is being added, by whom", async () => {
      await begin();
      const { secondFactors } = storage.stores;
      const confirmed = { step: 7, at: now, codes: ["a", "b"], mayReplace: true };
      for (const other of [{ secret: "another" }, { addedBy: "another" }])
        expect(await secondFactors.confirm("ada", { ...pending, ...other }, confirmed)).toBe(false);
      const answers = await race(storage, 50, (stores) =>
        stores.secondFactors.confirm("ada", pending, confirmed),
      );
      expect(tally(answers)).toEqual({ true: 1, false: 49 });
      expect(await secondFactors.find("ada")).toEqual({
        userId: "ada",
        totpSecret: "sealed",
        totpSince: now,
        totpLastStep: 7,
        pendingSecret: null,
        pendingFor: null,
        pendingExpiresAt: null,
        recoveryCodes: ["a", "b"],
      });
    });

    it("notes a step once of fifty times, and none before it", async () => {
      await add();
      expect(tally(await noteStep(8))).toEqual({ true: 1, false: 49 });
      expect(tally(await noteStep(7))).toEqual({ false: 50 });
      const { secondFactors } = storage.stores;
      expect(await secondFactors.noteStep("ada", { secret: "another", step: 9, noneAfter: 100 })).toBe(false);
    });

    it("lists the apps that another secret sealed, in slices, and seals one anew once of fifty times", async () => {
      const { accounts, secondFactors } = storage.stores;
      const sealedAs = { ada: "1.a", ben: "2.b", cleo: "12.c", dan: "1.d" };
      for (const [userId, secret] of Object.entries(sealedAs)) {
        await accounts.insert(account(userId), "none");
        await secondFactors.begin(userId, { ...pending, secret });
        const confirmed = { step: 7, at: now, codes: null, mayReplace: true };
        await secondFactors.confirm(userId, { ...pending, secret }, confirmed);
      }
      expect(await secondFactors.listSealedWithOther("2", "", 2)).toEqual([
        { userId: "ada", secret: "1.a" },
        { userId: "cleo", secret: "12.c" },
      ]);
      expect(await secondFactors.listSealedWithOther("2", "cleo", 2)).toEqual([
        { userId: "dan", secret: "1.d" },
      ]);
      const answers = await race(storage, 50, (stores) => stores.secondFactors.sealAnew("ada", "1.a", "2.a"));
      expect(tally(answers)).toEqual({ true: 1, false: 49 });
      expect(await secondFactors.listSealedWithOther("2", "", 1)).toEqual([
        { userId: "cleo", secret: "12.c" },
      ]);
    });

    it("goes back from a step that a clock wrote which was ahead", async () => {
      await add();
      await noteStep(200);
      expect(tally(await noteStep(9, 100))).toEqual({ true: 1, false: 49 });
    });

    it("changes the recovery codes from the set that was seen, once of fifty times", async () => {
      await add();
      const answers = await race(storage, 50, ({ secondFactors }) =>
        secondFactors.setRecoveryCodes("ada", ["a", "b"], ["b"]),
      );
      expect(tally(answers)).toEqual({ true: 1, false: 49 });
      const { secondFactors } = storage.stores;
      expect(await secondFactors.setRecoveryCodes("ada", null, ["c", "d"])).toBe(true);
      expect(await secondFactors.find("ada")).toMatchObject({
        totpSecret: "sealed",
        recoveryCodes: ["c", "d"],
      });
    });

    it("keeps an app while another one is added, and removes it with its codes once", async () => {
      await add();
      const { secondFactors } = storage.stores;
      await secondFactors.begin("ada", { ...pending, secret: "next" });
      expect(await secondFactors.find("ada")).toMatchObject({ totpSecret: "sealed", pendingSecret: "next" });
      const answers = await race(storage, 50, (stores) => stores.secondFactors.removeTotp("ada"));
      expect(tally(answers)).toEqual({ true: 1, false: 49 });
      expect(await secondFactors.find("ada")).toBeUndefined();
    });

    it("removes all of it once of fifty times, and only while who acts and the account have the roles that were seen", async () => {
      await add();
      const { accounts, secondFactors } = storage.stores;
      await accounts.insert(account("bob", { roles: ["admin"] }), "none");
      const good = { by: { id: "bob", roles: ["admin"] }, roles: ["user"] } as const;
      const stale = [
        { ...good, roles: ["admin"] },
        { ...good, by: { id: "bob", roles: ["owner"] } },
        { ...good, by: { id: "nobody", roles: ["admin"] } },
      ] as const;
      for (const guard of stale) expect(await secondFactors.remove("ada", guard)).toBe("changed_meanwhile");
      await accounts.disable("bob", now, "stays");
      expect(await secondFactors.remove("ada", good)).toBe("changed_meanwhile");
      expect(await secondFactors.find("ada")).toMatchObject({ totpSecret: "sealed" });
      await accounts.enable("bob");
      const answers = await race(storage, 50, (stores) => stores.secondFactors.remove("ada", good));
      expect(tally(answers)).toEqual({ done: 1, nothing: 49 });
      expect(await secondFactors.find("ada")).toBeUndefined();
    });

    it("removes all of it for the operator, whatever the roles are", async () => {
      await add();
      const { secondFactors } = storage.stores;
      expect(await secondFactors.remove("ada", null)).toBe("done");
      expect(await secondFactors.remove("ada", null)).toBe("nothing");
    });
  });

  describe("the store of second-factor challenges", () => {
    const storage = useStorage(open);

    const insert = async () => {
      await storage.stores.accounts.insert(account("ada"), "none");
      expect(await storage.stores.secondFactorChallenges.insert(challenge)).toBe(true);
    };

    it("keeps none of an account that is disabled, or has another password by now", async () => {
      const { accounts, secondFactorChallenges } = storage.stores;
      await accounts.insert(account("ada"), "none");
      expect(await secondFactorChallenges.insert({ ...challenge, passwordChangedAt: later(1) })).toBe(false);
      await accounts.disable("ada", now, "may_go");
      expect(await secondFactorChallenges.insert(challenge)).toBe(false);
      expect(await secondFactorChallenges.find("hash")).toBeUndefined();
    });

    it("counts no more tries than may be, of fifty, and gives the challenge away once", async () => {
      const { secondFactorChallenges } = storage.stores;
      await insert();
      const tries = await race(storage, 50, (stores) => stores.secondFactorChallenges.countTry("hash", 5));
      expect(tally(tries)).toEqual({ 1: 1, 2: 1, 3: 1, 4: 1, 5: 1, undefined: 45 });
      expect(await secondFactorChallenges.find("hash")).toEqual({ ...challenge, tries: 5 });
      const consumed = await race(storage, 50, (stores) => stores.secondFactorChallenges.consume("hash"));
      expect(tally(consumed)).toEqual({ true: 1, false: 49 });
      expect(await secondFactorChallenges.countTry("hash", 5)).toBeUndefined();
    });

    it("sweeps only those that expired before", async () => {
      const { secondFactorChallenges } = storage.stores;
      await insert();
      expect(await secondFactorChallenges.deleteExpiredBefore(later(60))).toBe(0);
      expect(await secondFactorChallenges.deleteExpiredBefore(later(61))).toBe(1);
    });
  });
}
