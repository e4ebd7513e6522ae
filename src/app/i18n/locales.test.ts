import { describe, expect, it } from "vitest";
import { localeCookieName, negotiateLocale } from "./locales";

it("services on two ports of one host keep the language in two cookies", () => {
  expect([localeCookieName(""), localeCookieName("3001")]).toEqual([
    "countersign-locale",
    "countersign-locale-3001",
  ]);
});

describe("negotiateLocale", () => {
  it("prefers what the person chose", () => {
    expect(negotiateLocale("zh-Hans", "en-GB,en;q=0.9")).toBe("zh-Hans");
    expect(negotiateLocale("en", "zh-CN")).toBe("en");
  });

  it("follows the browser when nothing was chosen", () => {
    expect(negotiateLocale(undefined, "zh-CN,zh;q=0.9,en;q=0.8")).toBe("zh-Hans");
    expect(negotiateLocale(undefined, "zh-TW")).toBe("zh-Hans");
    expect(negotiateLocale(undefined, "en-GB")).toBe("en");
  });

  it("reads the weights, not the order", () => {
    expect(negotiateLocale(undefined, "en;q=0.3, zh;q=0.7")).toBe("zh-Hans");
    expect(negotiateLocale(undefined, "zh;q=0, en;q=0.1")).toBe("en");
    expect(negotiateLocale(undefined, "fr, de;q=0.9, zh;q=0.2")).toBe("zh-Hans");
  });

  it("falls back to English for anything else", () => {
    for (const header of [null, "", "*", "fr", ";;;", "zh;q=oops", "x".repeat(10_000)]) {
      expect(negotiateLocale(undefined, header)).toBe("en");
    }
    expect(negotiateLocale("tlh", null)).toBe("en");
  });
});
