import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalUsername, checkNewUsername } from "./username";

describe("canonicalUsername", () => {
  it.each([
    ["Ada", "ada"],
    ["  ada\t", "ada"],
    ["ZOË", "zoë"],
    ["zoe\u0308", "zoë"],
    ["\uff21\uff24\uff21", "ada"],
    ["\u1e9e", "ss"],
    ["\u212a", "k"],
    ["\ufb01n", "fin"],
    ["İ", "i"],
    ["ıda", "ida"],
    ["İDA", "ida"],
    ["i\u0307da", "ida"],
    ["ας", "ασ"],
    ["ΑΣ", "ασ"],
    ["Σίσυφος", "σίσυφοσ"],
    ["straße", "strasse"],
    ["ſam", "sam"],
    ["\u1c80\u043e\u0432\u0430", "\u0432\u043e\u0432\u0430"],
    ["\u2168", "ix"],
    ["\u200bada\ufeff", "ada"],
    ["\u2068ada\u2069 ", "ada"],
    ["a\u00add\u200da", "ada"],
  ])("brings %j to %j", (written, canonical) => {
    expect(canonicalUsername(written)).toBe(canonical);
  });

  it("changes nothing the second time, and never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const once = canonicalUsername(text);
        expect(canonicalUsername(once)).toBe(once);
        expect(canonicalUsername(text.toUpperCase())).toBe(once);
        expect(canonicalUsername(text.toUpperCase())).toBe(
          canonicalUsername(text.toUpperCase().normalize("NFD")),
        );
      }),
    );
  });
});

describe("checkNewUsername", () => {
  it.each([
    "a",
    "ada",
    "Ada.Lovelace",
    "ada+test@example.com",
    "张伟",
    "zoë",
    "o_o",
    "x".repeat(64),
    "4you",
    "नमस्ते",
    "Ада.Лавлейс-2",
    "Αδα",
    "עדה",
    "عدا٣",
    "ᏣᎳᎩ",
    "एडा9",
    "山田Taroさん",
    "スーパーada",
    "김ada李",
    "ㄓada張",
    "Zoë@例え",
    "𝔸da",
  ])("takes %s", (name) => expect(checkNewUsername(name)).toBe(name));

  it("shows it composed and without the spaces around it", () => {
    expect(checkNewUsername("  Zoe\u0308 ")).toBe("Zoë");
    expect(checkNewUsername("\u200b \u2068Ada\u2069\ufeff")).toBe("Ada");
  });

  it.each([
    "",
    " ",
    ".ada",
    "ada.",
    "-ada",
    "a b",
    "a/b",
    "a\\b",
    "a\nb",
    "a\u0000b",
    "a\u202eb",
    "\u200b",
    "a\u00adb",
    "a\u200db",
    "a\ufeffb",
    "<b>",
    'a"b',
    "a'b",
    "a,b",
    "a%00",
    "😀",
    "\ud800",
    "\u0301a",
    "x".repeat(65),
    "\ufdfa",
  ])("refuses %j", (name) => {
    expect(() => checkNewUsername(name)).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });

  it.each([
    ["Cyrillic а in Latin", "\u0430da"],
    ["Cyrillic і in Latin", "l\u0456mes"],
    ["Greek ο in Latin", "b\u03bfb"],
    ["Cherokee Ꭵ in Latin", "th\u13a5baud"],
    ["Armenian օ in Latin", "b\u0585b"],
    ["Latin o in Cyrillic", "\u0432\u043eva"],
    ["Greek ο in Cyrillic", "\u0432\u03bf\u0432\u0430"],
    ["Cyrillic а beside a mathematical a", "\u{1d5ba}d\u0430"],
    ["Hangul beside kana", "\uae40\u304b"],
    ["digits of Arabic in Latin", "ada\u0663"],
    ["a letter that nobody writes today, in Latin", "ad\u{10330}"],
  ])("refuses letters of scripts that nobody mixes: %s", (_, name) => {
    expect(() => checkNewUsername(name)).toThrow(
      expect.objectContaining({
        code: "invalid_request",
        message: expect.stringContaining("of one script"),
      }),
    );
  });

  it("refuses without repeating what was sent", () => {
    try {
      checkNewUsername("canary name");
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain("canary");
    }
  });
});
