import { describe, expect, it } from "vitest";
import { agoText } from "./ago-text";

const NOW = 1_795_000_000_000;

describe("agoText", () => {
  it.each([
    [0, "now"],
    [999, "now"],
    [1_000, "1 second ago"],
    [59_999, "59 seconds ago"],
    [60_000, "1 minute ago"],
    [179_000, "2 minutes ago"],
    [-5_000, "now"],
  ])("%d ms ago: %s", (age, text) => expect(agoText("en", NOW - age, NOW)).toBe(text));

  it("speaks Chinese", () => expect(agoText("zh-Hans", NOW - 12_000, NOW)).toBe("12秒钟前"));
});
