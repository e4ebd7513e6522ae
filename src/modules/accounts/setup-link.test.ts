import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { AuditTrail } from "../audit";
import { hashSecret } from "../secret-hash";
import type { Accounts } from "./accounts";
import { SETUP_LINK_LIFETIME_IN_SECONDS, SetupLink } from "./setup-link";

let now: Date;
let rows: Map<string, Date>;
let hasAny: boolean;
const createOwner = vi.fn();
let link: SetupLink;
const owner = { username: "ada", password: "velvet quarry lamp seventeen" };

beforeEach(() => {
  now = new Date("2026-01-01T00:00:00Z");
  rows = new Map();
  hasAny = false;
  createOwner.mockReset();
  link = newLink();
});

function newLink(): SetupLink {
  return new SetupLink({
    store: {
      add: async (secretHash, expiresAt) => void rows.set(secretHash, expiresAt),
      isPresent: async (secretHash, at) => (rows.get(secretHash) ?? at) > at,
      async remove(secretHash, at) {
        if (secretHash !== null) rows.delete(secretHash);
        for (const [hash, expiresAt] of rows) if (expiresAt <= at) rows.delete(hash);
      },
    },
    audit: { record: async () => {} } as unknown as AuditTrail,
    accounts: { hasAny: async () => hasAny, createOwner } as unknown as Accounts,
    clock: { now: () => now },
    random: { bytes: (length) => randomBytes(length), integer: () => 0 },
  });
}

const passTime = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1000);
};

describe("SetupLink", () => {
  it("gives 256 bits away and keeps their hash for an hour", async () => {
    const secret = (await link.renew()) ?? "";
    expect(Buffer.from(secret, "base64url")).toHaveLength(32);
    expect([...rows]).toEqual([[hashSecret(secret), new Date("2026-01-01T01:00:00Z")]]);
    expect(SETUP_LINK_LIFETIME_IN_SECONDS).toBe(3600);
  });

  it("is good until the last moment of its hour and not in the next", async () => {
    const secret = (await link.renew()) ?? "";
    passTime(3599.999);
    await link.claim(secret, owner);
    expect(createOwner).toHaveBeenCalledOnce();
    passTime(0.001);
    await expect(link.claim(secret, owner)).rejects.toMatchObject({ code: "setup_closed" });
    expect(createOwner).toHaveBeenCalledOnce();
  });

  it("makes no account for a wrong secret, the hash itself, or the one before", async () => {
    const first = (await link.renew()) ?? "";
    const second = (await link.renew()) ?? "";
    for (const wrong of [first, hashSecret(second), "", second.slice(1)]) {
      await expect(link.claim(wrong, owner)).rejects.toMatchObject({ code: "setup_closed" });
    }
    expect(createOwner).not.toHaveBeenCalled();
  });

  it("leaves another instance's link alone, also when it is renewed or taken back", async () => {
    const [first, other] = [(await link.renew()) ?? "", newLink()];
    const second = (await other.renew()) ?? "";
    await link.claim(first, owner);
    await other.claim(second, owner);
    await other.withdraw();
    await expect(other.claim(second, owner)).rejects.toMatchObject({ code: "setup_closed" });
    await link.claim(first, owner);
    expect(createOwner).toHaveBeenCalledTimes(3);
  });

  it("gives none away once there is an account", async () => {
    hasAny = true;
    expect(await link.renew()).toBeUndefined();
    expect(rows.size).toBe(0);
  });
});
