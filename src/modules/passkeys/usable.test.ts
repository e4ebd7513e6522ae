import { describe, expect, it } from "vitest";
import { Passkeys, type PasskeysOptions } from "./passkeys";

const relyingParty = { id: "accounts.example.com", origins: ["https://accounts.example.com"] };

function passkeysFor(...rpIds: string[]): Passkeys {
  const passkeys = { listOf: async () => rpIds.map((rpId, index) => ({ id: `key ${index}`, rpId })) };
  return new Passkeys({ passkeys, relyingParty } as unknown as PasskeysOptions);
}

describe("passkeys that were made for an earlier relying party", () => {
  it("are no second factor, and nobody is asked to sign with one", async () => {
    const earlier = passkeysFor("old.example.com");
    expect(await earlier.hasUsable("ada")).toBe(false);
    expect(await earlier.proofs.requestOptionsOf("ada", "challenge", 60)).toBeUndefined();
  });

  it("change nothing where there is one for today's", async () => {
    const both = passkeysFor("old.example.com", relyingParty.id);
    expect(await both.hasUsable("ada")).toBe(true);
    expect(await both.proofs.requestOptionsOf("ada", "challenge", 60)).toMatchObject({
      rpId: relyingParty.id,
    });
  });
});
