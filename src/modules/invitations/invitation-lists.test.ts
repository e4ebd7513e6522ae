import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { InvitationLists, type InvitationListsOptions } from "./invitation-lists";
import { readListLines } from "./list-lines";

const people = ["ada", "ben", "cy", "di", "eva"].map((name) => `${name}@example.com`);

/** No mail is sent: the links are in the answer alone. */
function listsWith(fails: (email: string) => boolean): InvitationLists {
  const store = {
    lookAt: async () => ({ hasAccount: false, invitations: [] }),
    insertForAddress: async ({ email }: { email: string }) => {
      if (fails(email)) throw new Error("the disk is full");
      return true;
    },
  };
  const mails = { areSent: false, admits: async () => true, writeListed: () => [], nudge: () => {} };
  return new InvitationLists({
    ...{ store, mails, isOpen: true, audit: { record: async () => {} } },
    ...{ clock: { now: () => new Date(0) }, random: { bytes: randomBytes } },
  } as unknown as InvitationListsOptions);
}

const run = (fails: (email: string) => boolean) =>
  listsWith(fails).run(readListLines(["email", ...people].join("\n")), { isDryRun: false }, "operator");

describe("a list of people, where the storage fails", () => {
  it("in the middle, answers the codes of all others, and names the line", async () => {
    const { lines } = await run((email) => email === people[2]);
    expect(lines.map(({ outcome, fault, made }) => [outcome, fault, typeof made?.code])).toEqual([
      ["invited", null, "string"],
      ["invited", null, "string"],
      ["refused", "failed", "undefined"],
      ["invited", null, "string"],
      ["invited", null, "string"],
    ]);
  });

  it("for everybody, fails as a whole", async () => {
    await expect(run(() => true)).rejects.toThrow("the disk is full");
  });
});
