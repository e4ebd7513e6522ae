import { describe, expect, it } from "vitest";
import {
  ACCOUNT_FAILURES_FOR_IMAGE,
  ADDRESS_FAILURES_FOR_IMAGE,
  type CaptchaRung,
  kindsForRung,
  type Risk,
  requiredRung,
} from "./ladder";

const calm: Risk = { mode: "adaptive", deviceIsKnown: true, accountFailures: 0, addressFailures: 0 };

describe("requiredRung", () => {
  it.each<[string, Partial<Risk>, CaptchaRung]>([
    ["known device, no failures", {}, 0],
    ["new device", { deviceIsKnown: false }, 1],
    ["known device after one wrong password", { accountFailures: 1 }, 1],
    ["known device, a neighbour mistyped", { addressFailures: 1 }, 1],
    [
      "account just below the image",
      { accountFailures: ACCOUNT_FAILURES_FOR_IMAGE - 1, deviceIsKnown: false },
      1,
    ],
    ["account at the image", { accountFailures: ACCOUNT_FAILURES_FOR_IMAGE }, 2],
    [
      "address just below the image",
      { addressFailures: ADDRESS_FAILURES_FOR_IMAGE - 1, deviceIsKnown: false },
      1,
    ],
    ["address at the image", { addressFailures: ADDRESS_FAILURES_FOR_IMAGE }, 2],
    ["address not known", { addressFailures: null, deviceIsKnown: false }, 2],
    ["always", { mode: "always" }, 2],
    ["off", { mode: "off", deviceIsKnown: false, accountFailures: 99, addressFailures: 99 }, 0],
  ])("%s", (_, change, rung) => {
    expect(requiredRung({ ...calm, ...change })).toBe(rung);
  });
});

describe("kindsForRung", () => {
  it("offers the picture first where a picture is asked for, and a way without one on each rung", () => {
    expect(kindsForRung(0)).toEqual(["pow", "image"]);
    expect(kindsForRung(1)).toEqual(["pow", "image"]);
    expect(kindsForRung(2)).toEqual(["image", "pow"]);
  });
});
