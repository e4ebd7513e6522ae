import { describe, expect, it } from "vitest";
import { isDomainError } from "../../modules/domain-error";
import type { Container } from "../composition/container";
import { corsHeaders, preflight, refuseCrossSite } from "./origin-policy";

const own = "https://accounts.example.com";
const listed = "https://app.example.com";
const extension = "chrome-extension://abcdefghijklmnopabcdefghijklmnop";
const noted: string[] = [];
const noteOrigin = (origin: string) => void noted.push(origin);
const container = (corsOrigins: readonly string[]) =>
  ({ origins: [own], environment: { corsOrigins }, noteOrigin }) as unknown as Container;
const withList = container([listed, extension]);
const request = (method: string, headers: Record<string, string>) =>
  new Request(`${own}/api/auth/logout`, { method, headers });

function verdict(method: string, headers: Record<string, string>): string {
  try {
    refuseCrossSite(request(method, headers), withList);
    return "let in";
  } catch (error) {
    return isDomainError(error) ? error.code : "fault";
  }
}

describe("refuseCrossSite", () => {
  const refused = "cross_site_request";
  it.each<[Record<string, string>, string]>([
    [{}, "let in"],
    [{ origin: own }, "let in"],
    [{ origin: own, "sec-fetch-site": "same-origin" }, "let in"],
    [{ "sec-fetch-site": "same-origin" }, "let in"],
    [{ "sec-fetch-site": "none" }, "let in"],
    [{ origin: listed, "sec-fetch-site": "cross-site" }, "let in"],
    [{ origin: extension, "sec-fetch-site": "none" }, "let in"],
    [{ origin: extension, "sec-fetch-site": "cross-site" }, "let in"],
    [{ origin: "chrome-extension://ponmlkjihgfedcbaponmlkjihgfedcba" }, refused],
    [{ origin: "https://evil.example" }, refused],
    [{ origin: "null" }, refused],
    [{ origin: "" }, refused],
    [{ origin: `${own}.evil.example` }, refused],
    [{ origin: "http://accounts.example.com" }, refused],
    [{ origin: `${own}:8443` }, refused],
    [{ origin: `${own}/` }, refused],
    [{ origin: "https://evil.example", "sec-fetch-site": "same-origin" }, refused],
    [{ "sec-fetch-site": "cross-site" }, refused],
    [{ "sec-fetch-site": "same-site" }, refused],
    [{ "sec-fetch-site": "anything" }, refused],
  ])("%j: %s", (headers, expected) => {
    for (const method of ["POST", "DELETE", "PUT", "PATCH"]) expect(verdict(method, headers)).toBe(expected);
    expect(verdict("GET", headers)).toBe("let in");
  });
});

describe("CORS", () => {
  it("names a listed origin and no other, never a star, and varies by origin", () => {
    expect(corsHeaders(request("GET", { origin: listed }), withList)).toMatchObject({
      vary: "origin",
      "access-control-allow-origin": listed,
      "access-control-allow-credentials": "true",
    });
    for (const origin of ["https://evil.example", "null", own, `${listed}.evil.example`]) {
      expect(corsHeaders(request("GET", { origin }), withList)).toEqual({ vary: "origin" });
    }
    expect(corsHeaders(request("GET", { origin: listed }), container([]))).toEqual({});
    expect(corsHeaders(request("GET", { origin: extension }), withList)).toMatchObject({
      "access-control-allow-origin": extension,
    });
  });

  it("an origin that is neither our own nor listed is noted, and no other", () => {
    noted.length = 0;
    for (const origin of [own, listed, extension]) corsHeaders(request("POST", { origin }), withList);
    corsHeaders(request("GET", {}), withList);
    expect(noted).toEqual([]);
    corsHeaders(request("POST", { origin: listed }), container([]));
    corsHeaders(request("POST", { origin: "null" }), withList);
    expect(noted).toEqual([listed, "null"]);
  });

  it("a preflight allows a listed origin what the client sends, and others nothing", () => {
    const allowed = preflight(request("OPTIONS", { origin: listed }), withList);
    expect(allowed.headers.get("access-control-allow-headers")).toMatch(/authorization, dpop/);
    const denied = preflight(request("OPTIONS", { origin: "https://evil.example" }), withList);
    expect([...denied.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});
