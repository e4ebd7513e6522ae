import { createHash } from "node:crypto";
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { createDeviceKey, generateDeviceKey, memoryDeviceKeyStore } from "./device-key";
import { createProof, publicJwkOf, thumbprintOf } from "./proof";

describe("createProof", () => {
  it("makes what RFC 9449 section 4.2 asks for, as jose reads it", async () => {
    const keyPair = await generateDeviceKey();
    const proof = await createProof({
      keyPair,
      method: "post",
      url: "https://service.test/api/auth/me?a=1#here",
      accessToken: "token",
      nonce: "n-1",
      nowInSeconds: 1_700_000_000,
    });
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      currentDate: new Date(1_700_000_000_000),
    });
    expect(protectedHeader).toEqual({ typ: "dpop+jwt", alg: "ES256", jwk: await publicJwkOf(keyPair) });
    expect(payload).toEqual({
      htm: "POST",
      htu: "https://service.test/api/auth/me",
      iat: 1_700_000_000,
      jti: expect.stringMatching(/^[\w-]{22}$/),
      ath: createHash("sha256").update("token").digest("base64url"),
      nonce: "n-1",
    });
  });

  it("leaves out ath and nonce when there are none, and is never the same twice", async () => {
    const keyPair = await generateDeviceKey();
    const input = { keyPair, method: "GET", url: "http://localhost:3000/", nowInSeconds: 1 };
    const [first, second] = await Promise.all([createProof(input), createProof(input)]);
    const payload = JSON.parse(atob(first.split(".")[1] ?? "")) as object;
    expect(Object.keys(payload).sort()).toEqual(["htm", "htu", "iat", "jti"]);
    expect(first).not.toBe(second);
  });
});

describe("the device's key", () => {
  it("has the thumbprint that jose computes, and a private half that cannot be exported", async () => {
    const keyPair = await generateDeviceKey();
    const jwk = await publicJwkOf(keyPair);
    expect(Object.keys(jwk)).toEqual(["crv", "kty", "x", "y"]);
    expect(await thumbprintOf(keyPair)).toBe(await calculateJwkThumbprint(jwk));
    await expect(crypto.subtle.exportKey("jwk", keyPair.privateKey)).rejects.toThrow();
  });

  it("is one, however many ask for it at once and in however many tabs", async () => {
    const store = memoryDeviceKeyStore();
    const tabs = [createDeviceKey(store), createDeviceKey(store)];
    const keys = await Promise.all([...tabs, ...tabs].map((tab) => tab.loadOrCreate()));
    expect(new Set(keys.map((key) => key.thumbprint)).size).toBe(1);
    expect((await createDeviceKey(store).load())?.thumbprint).toBe(keys[0]?.thumbprint);
  });
});
