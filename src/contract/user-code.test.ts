import { describe, expect, it } from "vitest";
import { canonicalUserCode } from "./user-code";

describe("what was typed", () => {
  it.each([
    "BCDF-GHJK",
    "bcdf-ghjk",
    "bcdfghjk",
    " BCDF GHJK ",
    "B C D F G H J K",
    "BCDF–GHJK",
    "BCDF—GHJK",
    "BCDF_GHJK",
    "BCDF.GHJK",
    "BCDF\tGHJK\n",
    "\uff22\uff23\uff24\uff26\uff0d\uff27\uff28\uff2a\uff2b",
    "bcdf\u00a0ghjk",
    "BCDF\u200b-GHJK\u200b",
    "BCDF\u00ad-GHJK",
    "BCDF\u2212GHJK",
    "BCDF\u30fcGHJK",
    "\u2067BCDF-GHJK\u2069\u200f",
  ])("%j is the code BCDFGHJK", (typed) => {
    expect(canonicalUserCode(typed)).toBe("BCDFGHJK");
  });

  it.each([
    "",
    "BCDF-GHJ",
    "BCDF-GHJKL",
    "ACDF-GHJK",
    "BCDF-GHJ0",
    "BCDF-GHJY",
    "\u0412CDF-GHJK",
    "BCDF/GHJK",
    "BCDF-GHJK'; --",
    "BCDF\u0000GHJK",
    "-".repeat(32),
    "https://accounts.example.com/scan",
  ])("%j is none", (typed) => {
    expect(canonicalUserCode(typed)).toBeUndefined();
  });
});
