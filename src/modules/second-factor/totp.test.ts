import { describe, expect, it } from "vitest";
import { systemRandom } from "../../platform/system";
import { newTotpSecret, otpauthUri, readTotpCode, stepAt, stepOfCode } from "./totp";

/** RFC 6238, appendix B: "12345678901234567890" in base32. */
const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const at = (seconds: number) => new Date(seconds * 1000);

describe("a code of an authenticator app", () => {
  // The table has eight digits; of the same number, six are its last six (RFC 4226 section 5.3).
  it.each([
    [59, "94287082"],
    [1111111109, "07081804"],
    [1111111111, "14050471"],
    [1234567890, "89005924"],
    [2000000000, "69279037"],
    [20000000000, "65353130"],
  ])("at %d is the one of RFC 6238", (seconds, digits) => {
    const now = at(seconds);
    expect(stepOfCode(SECRET, digits.slice(2), { now, after: 0 })).toBe(stepAt(now));
  });

  it.each([
    [-90, false],
    [-60, false],
    [-30, true],
    [0, true],
    [30, true],
    [60, false],
  ])("of a clock that is %d seconds off counts: %s", (off, counts) => {
    const moment = 1_234_567_890;
    const step = stepOfCode(SECRET, "005924", { now: at(moment - off), after: 0 });
    expect(step).toBe(counts ? stepAt(at(moment)) : undefined);
  });

  it("of a step that was used, or of one before it, counts no more", () => {
    const now = at(1_234_567_890);
    const step = stepAt(now);
    expect(stepOfCode(SECRET, "005924", { now, after: step - 1 })).toBe(step);
    expect(stepOfCode(SECRET, "005924", { now, after: step })).toBeUndefined();
    expect(stepOfCode(SECRET, "005924", { now, after: step + 1 })).toBeUndefined();
  });

  it("is read with the spaces and the digits that people type, and nothing else is", () => {
    for (const text of ["005924", "005 924", " 005924\n", "００５９２４"])
      expect(readTotpCode(text)).toBe("005924");
    for (const text of ["", "05924", "0059245", "00592a", "-5924", "0x5924"])
      expect(readTotpCode(text)).toBeUndefined();
  });
});

describe("a new secret", () => {
  it("has 160 bits, and the address that apps read names service, account and nothing unusual", () => {
    const secret = newTotpSecret(systemRandom);
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(newTotpSecret(systemRandom)).not.toBe(secret);
    const uri = new URL(otpauthUri(secret, { issuer: "accounts.example.com", label: "Ada L." }));
    expect(uri.protocol + uri.host).toBe("otpauth:totp");
    expect(decodeURIComponent(uri.pathname)).toBe("/accounts.example.com:Ada L.");
    expect(Object.fromEntries(uri.searchParams)).toEqual({
      issuer: "accounts.example.com",
      secret,
      algorithm: "SHA1",
      digits: "6",
      period: "30",
    });
  });
});
