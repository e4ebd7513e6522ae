import { describe, expect, it } from "vitest";
import { systemRandom } from "../../platform/system";
import { hashRecoveryCode, newRecoveryCodes, readRecoveryCode } from "./recovery-codes";

describe("recovery codes", () => {
  it("are ten, all different, of 80 bits each, and read as they are shown", () => {
    const codes = newRecoveryCodes(systemRandom);
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) {
      expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
      expect(readRecoveryCode(code)).toBe(code.replaceAll("-", ""));
    }
  });

  it("are the same however they are typed, and their hash is of one account", () => {
    const code = "0123-4567-89AB-CDEF";
    const hash = hashRecoveryCode("ada", code);
    for (const typed of [
      "0123456789abcdef",
      " o123 4567 89ab cdef ",
      "OI23-4567-89AB-CDEF",
      "0l23–4567–89AB–CDEF",
    ])
      expect([typed, hashRecoveryCode("ada", typed)]).toEqual([typed, hash]);
    expect(hashRecoveryCode("ben", code)).not.toBe(hash);
  });

  it.each(["", "0123-4567-89AB", "0123-4567-89AB-CDEF-0", "0123-4567-89AB-CDEU", "000000"])(
    "are not %j",
    (text) => expect(readRecoveryCode(text)).toBeUndefined(),
  );
});
