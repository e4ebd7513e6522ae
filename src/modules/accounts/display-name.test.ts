import { describe, expect, it } from "vitest";
import { checkDisplayName } from "./display-name";

describe("checkDisplayName", () => {
  it.each([
    ["  Ada Lovelace ", "Ada Lovelace"],
    ["zoe\u0308", "zoë"],
    ["علی\u200cرضا", "علی\u200cرضا"],
    ["क्\u200dष", "क्\u200dष"],
    ["👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"],
    ["❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"],
    ["ﷺ".repeat(100), "ﷺ".repeat(100)],
  ])("keeps %j as %j", (written, kept) => {
    expect(checkDisplayName(written)).toBe(kept);
  });

  it.each([
    ["a Hangul filler, which counts as a letter", "\u3164"],
    ["a half-width filler and a Hangul one", "\uffa0 \u115f"],
    ["the blank of Braille", "\u2800\u2800"],
    ["an accent without a letter", "\u0301"],
    ["a soft hyphen", "\u00ad"],
    ["nothing", " "],
  ])("refuses a name that shows nothing: %s", (_what, name) => {
    expect(() => checkDisplayName(name)).toThrow("visible characters");
  });

  it.each([
    ["turned round", "Ada\u202egnp"],
    ["in two lines", "Ada\u2028Ben"],
    ["with an invisible space", "Ada\u200bBen"],
    ["that ends in a joiner", "Ada\u200d"],
    ["with two joiners", "A\u200d\u200dB"],
    ["with a hundred accents", `Z${"\u0301".repeat(99)}`],
    ["of 101 characters", "a".repeat(101)],
  ])("refuses one %s", (_what, name) => {
    expect(() => checkDisplayName(name)).toThrow("visible characters");
  });
});
