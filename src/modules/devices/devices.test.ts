import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeDevice } from ".";

describe("describeDevice", () => {
  it.each([
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0",
      { browser: "Firefox 131", os: "Windows" },
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
      { browser: "Safari 18", os: "iOS" },
    ],
    ["curl/8.5.0", { browser: "curl 8.5.0", os: null }],
    [null, { browser: null, os: null }],
    ["", { browser: null, os: null }],
  ])("reads %s", (userAgent, expected) => {
    const described = describeDevice(userAgent);
    expect(described.os).toBe(expected.os);
    expect(described.browser?.toLowerCase() ?? null).toBe(expected.browser?.toLowerCase() ?? null);
  });

  it("lets nothing through that could rewrite a page, a line or a log, and nothing long", () => {
    const nasty = fc.oneof(
      fc.string({ unit: "binary", maxLength: 600 }),
      fc.string().map((text) => `Chrome/${text}`),
      fc.constantFrom(
        "<script>alert(1)</script>/1",
        "a\r\nb/1",
        "\u202eevil/1",
        "x".repeat(100_000),
        "Chrome/<b>",
      ),
    );
    fc.assert(
      fc.property(nasty, (userAgent) => {
        for (const text of Object.values(describeDevice(userAgent)) as (string | null)[]) {
          expect(text ?? "").toMatch(/^[\p{L}\p{N} ._-]{0,60}$/u);
        }
      }),
    );
  });
});
