import { createPublicKey, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { CompactEncrypt, FlattenedEncrypt } from "jose";
import { describe, expect, it } from "vitest";
import { openJwe } from "./open-jwe";

/** What is opened here is made by jose, which knows nothing of how it is opened. */
const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const header = { alg: "ECDH-ES+A256KW", enc: "A256GCM", kid: "k1" };
const findKey = (kid: string) => (kid === "k1" ? privateKey : undefined);
const open = (jwe: string) => openJwe(jwe, findKey);
const bytes = (text: string) => new TextEncoder().encode(text);

const seal = (changes: Record<string, unknown> = {}, plain = bytes("secret"), key = publicKey) =>
  new CompactEncrypt(plain).setProtectedHeader({ ...header, ...changes }).encrypt(key);

/** The same JWE with one of its five parts changed. */
async function sealChanged(index: number, change: (part: string) => string): Promise<string> {
  const parts = (await seal()).split(".");
  parts[index] = change(parts[index] ?? "");
  return parts.join(".");
}

const changeHeader = (change: (header: Record<string, unknown>) => unknown) =>
  sealChanged(0, (part) => {
    const parsed = JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
    return Buffer.from(JSON.stringify(change(parsed))).toString("base64url");
  });

describe("openJwe", () => {
  it("opens what jose sealed, whatever is in it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (plain) => {
        expect(new Uint8Array(open(await seal({}, Uint8Array.from(plain))))).toEqual(Uint8Array.from(plain));
      }),
      { numRuns: 50 },
    );
  });

  it("knows the parties' names that a sender may put in (RFC 7518 section 4.6.1)", async () => {
    const jwe = await new FlattenedEncrypt(bytes("secret"))
      .setProtectedHeader(header)
      .setKeyManagementParameters({ apu: bytes("Alice"), apv: bytes("Bob") })
      .encrypt(publicKey);
    const compact = [jwe.protected, jwe.encrypted_key, jwe.iv, jwe.ciphertext, jwe.tag].join(".");
    expect(open(compact).toString()).toBe("secret");
  });

  it("ignores what a header says besides, as RFC 7516 section 4 asks", async () => {
    expect(open(await seal({ cty: "json", typ: "x" })).toString()).toBe("secret");
  });

  it.each<[string, () => Promise<string>]>([
    ["another key agreement", () => seal({ alg: "ECDH-ES" })],
    ["a shorter wrapping key", () => seal({ alg: "ECDH-ES+A128KW" })],
    ["another encryption", () => seal({ enc: "A128GCM" })],
    ["encryption of another family", () => seal({ enc: "A256CBC-HS512" })],
    ["a key that is not ours", () => seal({ kid: "k2" })],
    ["no key id", () => seal({ kid: undefined })],
    [
      "another's key under our id",
      () => seal({}, bytes("x"), generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey),
    ],
    ["a changed header", () => changeHeader((parsed) => ({ ...parsed, cty: "json" }))],
    ["compression", () => changeHeader((parsed) => ({ ...parsed, zip: "DEF" }))],
    ["something critical", () => changeHeader((parsed) => ({ ...parsed, crit: ["exp"], exp: 1 }))],
    ["no sender's key", () => changeHeader(({ epk, ...parsed }) => parsed)],
    ["a sender's key of another curve", () => changeHeader((parsed) => ({ ...parsed, epk: otherCurve() }))],
    ["a point off the curve", () => changeHeader((parsed) => ({ ...parsed, epk: offTheCurve(parsed.epk) }))],
    ["a header that is no object", () => changeHeader(() => null)],
    ["a changed wrapped key", () => sealChanged(1, flipFirst)],
    ["a short wrapped key", () => sealChanged(1, (part) => part.slice(0, -11))],
    ["a changed nonce", () => sealChanged(2, flipFirst)],
    ["a long nonce", () => sealChanged(2, (part) => `${part}AAAA`)],
    ["a changed text", () => sealChanged(3, flipFirst)],
    ["a changed tag", () => sealChanged(4, flipFirst)],
    ["a cut tag", () => sealChanged(4, (part) => part.slice(0, 6))],
    ["a missing part", async () => (await seal()).split(".").slice(0, 4).join(".")],
    ["a sixth part", async () => `${await seal()}.AAAA`],
    ["padding", async () => `${await seal()}==`],
    ["a line end", async () => `${await seal()}\n`],
  ])("refuses %s", async (_, make) => {
    const jwe = await make();
    expect(() => open(jwe)).toThrow();
  });
});

function otherCurve() {
  return generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({ format: "jwk" });
}

function offTheCurve(epk: unknown) {
  const moved = { ...(epk as { x: string; y: string }), y: (epk as { x: string }).x };
  expect(() => createPublicKey({ key: { kty: "EC", crv: "P-256", ...moved }, format: "jwk" })).toThrow();
  return moved;
}

function flipFirst(part: string): string {
  return `${part.startsWith("A") ? "B" : "A"}${part.slice(1)}`;
}
