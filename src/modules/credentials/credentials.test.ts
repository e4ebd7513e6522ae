import { generateKeyPairSync } from "node:crypto";
import { CompactEncrypt } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { loginCredentials } from "../../contract/schemas";
import type { ServerKeys } from "../tokens";
import { currentEncryptionJwk, openCredentials } from ".";

const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
let keys: ServerKeys;
let lookedUp: string[];
const content = { username: "ada", password: "p", t: "ticket" };

beforeAll(() => {
  const publicJwk = {
    ...pair.publicKey.export({ format: "jwk" }),
    kid: "k1",
    use: "enc",
    alg: "ECDH-ES+A256KW",
  };
  keys = {
    current: () => ({ kid: "k1", privateKey: pair.privateKey, publicJwk }),
    find: (use: string, kid: string) => {
      lookedUp.push(`${use}/${kid}`);
      return kid === "k1" ? pair : undefined;
    },
  } as unknown as ServerKeys;
});

const seal = (value: unknown, header: Record<string, unknown> = {}) =>
  new CompactEncrypt(new TextEncoder().encode(JSON.stringify(value)))
    .setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM", kid: "k1", ...header })
    .encrypt(pair.publicKey);

async function open(jwe: string, t = "ticket") {
  lookedUp = [];
  return openCredentials(jwe, t, loginCredentials, keys);
}

describe("openCredentials", () => {
  it("opens what was sealed for the ticket", async () => {
    expect(await open(await seal(content))).toEqual(content);
    expect(lookedUp).toEqual(["enc/k1"]);
  });

  it("drops members it does not know", async () => {
    expect(await open(await seal({ ...content, roles: ["owner"] }))).toEqual(content);
  });

  it("looks at nothing beyond 8 KiB", async () => {
    const jwe = await seal({ ...content, filler: "x".repeat(9000) });
    await expect(open(jwe)).rejects.toMatchObject({ code: "invalid_request" });
    expect(lookedUp).toEqual([]);
  });

  it("refuses every failure with the same words, so that nothing can be learnt from them", async () => {
    const good = await seal(content);
    const bad = [
      await seal({ ...content, t: "other" }),
      await seal({ ...content, password: 5 }),
      await seal(content, { kid: "k2" }),
      good.slice(0, -4),
      "garbage",
    ];
    const told = new Set<string>();
    for (const jwe of bad) {
      const error = await open(jwe).then(
        () => expect.unreachable("it opened"),
        (refusal: { code: string; message: string; details: unknown }) => refusal,
      );
      told.add(JSON.stringify([error.code, error.message, error.details]));
    }
    expect(told.size).toBe(1);
  });
});

describe("currentEncryptionJwk", () => {
  it("is the public half and nothing else", () => {
    const jwk = currentEncryptionJwk(keys);
    expect(Object.keys(jwk).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
  });
});
