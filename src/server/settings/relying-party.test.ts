import { describe, expect, it } from "vitest";
import { relyingPartyOf } from "./relying-party";

const idOf = (appUrl: string, rpId?: string) => relyingPartyOf(new URL(appUrl), rpId)?.id;

describe("the relying party of passkeys", () => {
  it.each([
    ["https://sign-in.example.com", undefined, "sign-in.example.com"],
    ["https://sign-in.example.com:8443", undefined, "sign-in.example.com"],
    ["https://sign-in.example.com", "example.com", "example.com"],
    ["https://sign-in.example.com", "sign-in.example.com", "sign-in.example.com"],
    ["http://localhost:3000", undefined, "localhost"],
    ["http://127.0.0.1:3000", undefined, "localhost"],
    ["https://192.0.2.7", undefined, undefined],
    ["https://[2001:db8::7]", undefined, undefined],
  ])("of %s with PASSKEY_RP_ID %s is %s", (appUrl, rpId, expected) => {
    expect(idOf(appUrl, rpId)).toBe(expected);
  });

  it.each([
    ["https://sign-in.example.com", "evil.example"],
    ["https://sign-in.example.com", "com"],
    ["https://sign-in.example.com", "n.example.com"],
    ["https://example.com", "sign-in.example.com"],
    ["https://192.0.2.7", "2.7"],
  ])("of %s cannot be %s: no browser would take it", (appUrl, rpId) => {
    expect(() => idOf(appUrl, rpId)).toThrow("PASSKEY_RP_ID");
  });
});
