import { describe, expect, it } from "vitest";
import { normaliseCaptchaAnswer } from "./normalise-answer";

describe("normaliseCaptchaAnswer", () => {
  it.each([
    ["kx37a", "KX37A"],
    ["  K X 3 7 A\n", "KX37A"],
    ["ＫＸ３７Ａ", "KX37A"],
    ["ｋｘ３７ａ　", "KX37A"],
    ["KX-37A", "KX37A"],
    ["K\u200bX37A", "KX37A"],
    ["KX\u00ad3\u22127\u30fcA\u200f", "KX37A"],
    ["", ""],
  ])("reads %j as %j", (typed, expected) => {
    expect(normaliseCaptchaAnswer(typed)).toBe(expected);
  });

  it("keeps what differs different", () => {
    expect(normaliseCaptchaAnswer("KX37")).not.toBe(normaliseCaptchaAnswer("KX37A"));
  });

  it("does not work on a novel", () => {
    expect(normaliseCaptchaAnswer("K".repeat(65))).toBe("");
  });
});
