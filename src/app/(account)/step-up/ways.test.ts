import { describe, expect, it } from "vitest";
import { wantedOf, waysOf } from "./ways";

const since = { since: 1, changed_at: 1 };
const withPassword = { password: since, passkeys: [], totp: null, recovery_codes_left: 0 };
const withoutPassword = { ...withPassword, password: null, passkeys: ["one"] };

describe("the ways to prove once more who one is", () => {
  it.each([
    ["a password only", withPassword, "sfa", true, { passkey: false, password: true, wantsCode: false }],
    [
      "a password and a passkey",
      { ...withPassword, passkeys: ["one"] },
      "sfa",
      true,
      { passkey: true, password: true, wantsCode: false },
    ],
    [
      "the same, in a browser without passkeys",
      { ...withPassword, passkeys: ["one"] },
      "sfa",
      false,
      { passkey: false, password: true, wantsCode: false },
    ],
    [
      "a password and an app, where two factors are wanted",
      { ...withPassword, totp: since },
      "mfa",
      true,
      { passkey: false, password: true, wantsCode: true },
    ],
    [
      "a password and recovery codes, the same",
      { ...withPassword, recovery_codes_left: 1 },
      "mfa",
      true,
      { passkey: false, password: true, wantsCode: true },
    ],
    [
      "a password, a passkey and no codes, the same",
      { ...withPassword, passkeys: ["one"] },
      "mfa",
      true,
      { passkey: true, password: false, wantsCode: true },
    ],
    [
      "a passkey and no password",
      withoutPassword,
      "sfa",
      true,
      { passkey: true, password: false, wantsCode: false },
    ],
    [
      "a passkey and no password, where two factors are wanted",
      withoutPassword,
      "mfa",
      true,
      { passkey: true, password: false, wantsCode: true },
    ],
    [
      "a passkey and a password, where no phishing is to be possible",
      { ...withPassword, passkeys: ["one"] },
      "phr",
      true,
      { passkey: true, password: false, wantsCode: false },
    ],
    [
      "a passkey and no password, in a browser without passkeys: none",
      withoutPassword,
      "sfa",
      false,
      { passkey: false, password: false, wantsCode: false },
    ],
  ] as const)("with %s", (_, account, wanted, canUsePasskeys, ways) => {
    expect(waysOf(account, wanted, canUsePasskeys)).toEqual(ways);
  });

  it("are all offered when the service did not say what the account has", () => {
    expect(waysOf(undefined, "mfa", true)).toEqual({ passkey: true, password: true, wantsCode: true });
  });

  it("follow what the refusal wants, and nothing that is not understood", () => {
    expect(["sfa", "mfa", "phr", "gold", undefined].map(wantedOf)).toEqual([
      "sfa",
      "mfa",
      "phr",
      "sfa",
      "sfa",
    ]);
  });
});
