import { describe, expect, it } from "vitest";
import { isDomainError } from "../domain-error";
import {
  assuranceOf,
  type Factor,
  factorsAfterStepUp,
  formatFactors,
  lifetimeOf,
  parseFactors,
  requireSettingsOpen,
  STEP_UP_LIFETIME_IN_SECONDS,
} from "./index";

describe("what factors amount to", () => {
  it.each<[Factor[], string, string[]]>([
    [["pwd"], "sfa", ["pwd"]],
    [["otp"], "sfa", ["otp"]],
    [["hwk"], "sfa", ["hwk"]],
    [["swk"], "sfa", ["swk"]],
    [["qr"], "sfa", ["qr"]],
    [["otp", "hwk"], "sfa", ["otp", "hwk"]],
    [["qr", "pwd"], "sfa", ["qr", "pwd"]],
    [["qr", "otp"], "sfa", ["qr", "otp"]],
    [["pwd", "otp"], "mfa", ["pwd", "otp", "mfa"]],
    [["pwd", "hwk"], "mfa", ["pwd", "hwk", "mfa"]],
    [["pwd", "swk"], "mfa", ["pwd", "swk", "mfa"]],
    [["qr", "pwd", "otp"], "mfa", ["qr", "pwd", "otp", "mfa"]],
    [["hwk+user"], "phr", ["hwk", "user", "mfa"]],
    [["swk+user"], "phr", ["swk", "user", "mfa"]],
    [["qr", "hwk+user"], "phr", ["qr", "hwk", "user", "mfa"]],
    [["pwd", "swk+user"], "phr", ["pwd", "swk", "user", "mfa"]],
  ])("%j: %s", (factors, acr, amr) => {
    expect(assuranceOf(factors)).toEqual({ acr, amr });
  });

  it("is stored as text that is read back, and nothing else is taken for factors", () => {
    expect(parseFactors(formatFactors(["qr", "hwk+user"]))).toEqual(["qr", "hwk+user"]);
    for (const text of ["", "pwd ", "PWD", "password", "pwd,otp", "mfa", "toString"])
      expect(() => parseFactors(text)).toThrow("not a list of factors");
  });
});

describe("account settings", () => {
  const now = new Date("2026-11-28T12:00:00Z");
  const isOpen = (factors: Factor[], ageInSeconds: number) => {
    const authenticatedAt = new Date(now.getTime() - ageInSeconds * 1000);
    try {
      requireSettingsOpen({ factors, authenticatedAt }, now);
      return true;
    } catch (error) {
      if (isDomainError(error) && error.code === "step_up_required") return false;
      throw error;
    }
  };

  it.each<[string, Factor[], number, boolean]>([
    ["a password, just now", ["pwd"], 0, true],
    ["a password, a month ago", ["pwd"], 30 * 86_400, true],
    ["a passkey, a month ago", ["hwk+user"], 30 * 86_400, true],
    ["an approval, just now", ["qr"], 0, false],
    ["an approval, dated ahead", ["qr"], -60, false],
    ["an approval and the password, just now", ["qr", "pwd"], 0, true],
    [
      "an approval and the password, within ten minutes",
      ["qr", "pwd"],
      STEP_UP_LIFETIME_IN_SECONDS - 1,
      true,
    ],
    ["an approval and the password, ten minutes ago", ["qr", "pwd"], STEP_UP_LIFETIME_IN_SECONDS, false],
    ["an approval and a passkey, ten minutes ago", ["qr", "swk+user"], STEP_UP_LIFETIME_IN_SECONDS, false],
    ["the same, by a clock that was set back five minutes since", ["qr", "pwd"], -300, true],
    ["the same, by a clock that was further ahead", ["qr", "pwd"], -301, false],
  ])("after %s", (_, factors, ageInSeconds, expected) => {
    expect(isOpen(factors, ageInSeconds)).toBe(expected);
  });

  it("that are closed say what would open them", () => {
    const ask = () => requireSettingsOpen({ factors: ["qr"], authenticatedAt: now }, now);
    const wants = { acrValues: ["sfa"], maxAgeInSeconds: 600 };
    expect(ask).toThrow(expect.objectContaining({ details: { wants } }));
  });
});

describe("a step-up", () => {
  it.each<[Factor[], [Factor, ...Factor[]], Factor[]]>([
    [["pwd"], ["pwd"], ["pwd"]],
    [["qr"], ["pwd"], ["qr", "pwd"]],
    [["qr", "pwd"], ["pwd"], ["qr", "pwd"]],
    [["qr", "pwd"], ["hwk+user"], ["qr", "hwk+user"]],
    [["pwd", "otp"], ["pwd"], ["pwd"]],
    [["pwd"], ["swk+user"], ["swk+user"]],
  ])("of %j by %j reaches %j", (before, proven, after) => {
    expect(factorsAfterStepUp(before, proven)).toEqual(after);
  });
});

describe("how long a session lives", () => {
  const lifetimes = {
    proven: { idleInSeconds: 7, absoluteInSeconds: 30 },
    approved: { idleInSeconds: 1, absoluteInSeconds: 7 },
  };

  it("is less where another device approved it", () => {
    expect(lifetimeOf(["pwd"], lifetimes)).toBe(lifetimes.proven);
    expect(lifetimeOf(["swk+user"], lifetimes)).toBe(lifetimes.proven);
    expect(lifetimeOf(["qr"], lifetimes)).toBe(lifetimes.approved);
    expect(lifetimeOf(["qr", "pwd"], lifetimes)).toBe(lifetimes.approved);
  });
});
