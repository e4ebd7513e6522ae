import { describe, expect, it } from "vitest";
import { plainCode } from "./plain-code";

describe("plainCode", () => {
  it.each([
    "KX37A",
    "kx37a",
    " K X 3 7 A\n",
    "KX-37A",
    "KX\u201337A",
    "KX\u221237A",
    "KX\u30fc37A",
    "KX\uff7037A",
    "KX\uff0d37A",
    "KX\u00ad37A",
    "K\u200bX\u200c3\u200d7\ufeffA",
    "\u202aKX37A\u202c",
    "\u2066KX37A\u2069",
    "\u200eKX37A\u200f\u061c",
    "KX\u206037\ufe0fA",
    "KX\u00b737A",
    "\uff2b\uff38\uff13\uff17\uff21",
    "KX\u0663\u0667A",
    "KX\u06f3\u06f7A",
    "KX\u0969\u096dA",
  ])("reads %j as KX37A", (text) => {
    expect(plainCode(text)).toBe("KX37A");
  });

  it("knows the ten digits of every script that has some", () => {
    const codePoints = Array.from({ length: 0x1_1000 }, (_, index) => index);
    const digits = codePoints.map((codePoint) => String.fromCodePoint(codePoint));
    const scripts = digits.filter((digit) => /\p{Nd}/u.test(digit));
    expect(plainCode(scripts.slice(0, 300).join(""))).toBe("0123456789".repeat(30));
  });

  it.each(["KX/37A", "KX'37A", "KX\u000037A", "\u041aX37A", "KX37A\u0301"])(
    "leaves %j another one",
    (text) => {
      expect(plainCode(text)).not.toBe("KX37A");
    },
  );
});
