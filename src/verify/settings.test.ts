import { describe, expect, it } from "vitest";
import { createVerifier } from "./index";
import type { VerifierOptions } from "./settings";

const good = {
  issuer: "https://accounts.example.com",
  audience: "https://accounts.example.com",
  origin: "https://api.example.com",
} as const satisfies VerifierOptions;
const make = (changes: Record<string, unknown>) => () =>
  createVerifier({ ...good, ...changes } as unknown as VerifierOptions);

describe("an option of createVerifier that is missing, unknown or not understood is refused when it is made", () => {
  it.each([
    ["issuer", undefined],
    ["issuer", "accounts.example.com"],
    ["issuer", "https://accounts.example.com/tenant"],
    ["issuer", "https://accounts.example.com/?a=b"],
    ["issuer", "https://user@accounts.example.com"],
    ["issuer", "ftp://accounts.example.com"],
    ["audience", undefined],
    ["audience", ""],
    ["audience", []],
    ["audience", ["https://api.example.com", ""]],
    ["audience", new URL("https://api.example.com")],
    ["origin", undefined],
    ["origin", "/reports"],
    ["origin", "https://api.example.com/reports"],
    ["origin", "https://api.example.com/#x"],
    ["pathPrefix", ""],
    ["pathPrefix", "/"],
    ["pathPrefix", "reports"],
    ["pathPrefix", "/reports/"],
    ["pathPrefix", "//reports"],
    ["pathPrefix", "/reports/../x"],
    ["pathPrefix", "/re ports"],
    ["pathPrefix", "/reports?x"],
    ["pathPrefix", "https://api.example.com/reports"],
    ["onRefused", "log"],
    ["fetch", {}],
    ["now", 0],
    ["acrValues", "mfa"],
    ["acrValues", []],
    ["acrValues", ["mfa", "loa3"]],
    ["maxAgeInSeconds", -1],
    ["maxAgeInSeconds", "600"],
    ["maxAgeInSeconds", Number.NaN],
    ["maxRememberedTokens", 0],
    ["maxRememberedTokens", 1.5],
    ["maxRememberedTokens", "many"],
    ["audiance", "https://api.example.com"],
    ["prefix", "/reports"],
  ])("%s: %s", (name, value) => {
    expect(make({ [name]: value })).toThrow(new RegExp(`^createVerifier: ${name} `));
  });

  it("and good ones are not", () => {
    for (const changes of [
      {},
      { issuer: new URL(good.issuer), origin: "https://api.example.com/" },
      { audience: [good.issuer, "urn:example:api"] },
      { acrValues: ["mfa", "phr"], maxAgeInSeconds: 0 },
      { pathPrefix: "/reports/v1", onRefused: () => {}, maxRememberedTokens: 1, fetch: undefined },
    ])
      expect(make(changes)).not.toThrow();
  });

  it.each([
    ["acrValues", ["gold"]],
    ["maxAgeInSeconds", 1.5],
    ["max_age", 600],
    ["origin", "https://api.example.com"],
  ])("nor is one of `requiring` let through: %s: %s", (name, value) => {
    const verifier = createVerifier(good);
    expect(() => verifier.requiring({ [name]: value })).toThrow(new RegExp(`^createVerifier: ${name} `));
  });
});
