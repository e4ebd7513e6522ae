import { randomBytes, randomInt } from "node:crypto";
import { describe, expect, it } from "vitest";
import { canonicalUserCode, displayUserCode } from "../../contract/user-code";
import { newUserCode } from "./user-code";

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
