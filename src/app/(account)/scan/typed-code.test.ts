import { describe, expect, it } from "vitest";
import { readTypedCode } from "./typed-code";

describe("readTypedCode", () => {
  it.each([
    "BCDF-GHJK",
    "bcdfghjk",
    " bcdf ghjk ",
    "b-c-d-f-g-h-j-k",
    "BCDF–GHJK",
    "BCDF—ghjk",
    "BCDF_GHJK.",
    "ＢＣＤＦ－ＧＨＪＫ",
    "BCDF\u00a0GHJK\n",
  ])("reads %j", (typed) => {
    expect(readTypedCode(typed)).toBe("BCDF-GHJK");
  });

  it.each([
    ["nothing", ""],
    ["too few letters", "BCDF-GHJ"],
    ["too many letters", "BCDF-GHJKL"],
    ["a vowel", "ACDF-GHJK"],
    ["a Y", "YCDF-GHJK"],
    ["a digit", "0CDF-GHJK"],
    ["another script", "БCDF-GHJK"],
    ["a link", "https://accounts.example.com/scan"],
  ])("refuses %s", (_, typed) => {
    expect(readTypedCode(typed)).toBeNull();
  });
});
