import { expect, it } from "vitest";
import { shownMethodOf } from "./shown-method";

it.each([
  ["password", ["pwd"], "password"],
  ["password", ["pwd", "otp", "mfa"], "passwordAndCode"],
  ["password", ["pwd", "hwk", "user", "mfa"], "passwordAndPasskey"],
  // After a step-up by passkey alone.
  ["password", ["hwk", "user", "mfa"], "password"],
  ["passkey", ["swk", "user", "mfa"], "passkey"],
  ["qr", ["qr", "pwd", "otp", "mfa"], "qr"],
] as const)("a sign-in by %s that has proven %j is shown as %s", (method, amr, shown) => {
  expect(shownMethodOf({ method, amr: [...amr] })).toBe(shown);
});
