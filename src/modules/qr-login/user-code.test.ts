import { randomBytes, randomInt } from "node:crypto";
import { describe, expect, it } from "vitest";
import { canonicalUserCode, displayUserCode, newUserCode } from "./user-code";

const random = { bytes: randomBytes, integer: (maxExclusive: number) => randomInt(maxExclusive) };

describe("a new user code", () => {
  it("has eight of twenty letters, none of them a vowel or a digit", () => {
    for (let draw = 0; draw < 1000; draw += 1) expect(newUserCode(random)).toMatch(/^[B-DF-HJ-NP-TV-XZ]{8}$/);
  });

  it("uses each letter in each place about as often", () => {
    const draws = 20_000;
    const counts = new Map<string, number>();
    for (let draw = 0; draw < draws; draw += 1) {
      for (const [place, letter] of [...newUserCode(random)].entries())
        counts.set(`${place}${letter}`, (counts.get(`${place}${letter}`) ?? 0) + 1);
    }
    expect(counts.size).toBe(8 * 20);
    // A twentieth of all, and seven standard deviations to either side: chance fails this once in 10^9 runs.
    const deviation = Math.sqrt(draws * 0.05 * 0.95);
    for (const count of counts.values()) expect(Math.abs(count - draws / 20)).toBeLessThan(7 * deviation);
  });

  it("comes back as it was from what people are shown", () => {
    const code = newUserCode(random);
    expect(displayUserCode(code)).toMatch(/^.{4}-.{4}$/);
    expect(canonicalUserCode(displayUserCode(code))).toBe(code);
  });
});

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
  ])("%j is none", (typed) => {
    expect(canonicalUserCode(typed)).toBeUndefined();
  });
});
