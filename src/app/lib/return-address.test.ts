import { describe, expect, it } from "vitest";
import { safeReturnAddress, signInAddress } from "./return-address";

const HAND_OVER = "/hand-over?site=reports.example.com&state=AbCdEfGhIjKlMnOpQr_-12";
const SCANNED = "/q/AbCdEfGhIjKlMnOpQr_-12";

describe("safeReturnAddress", () => {
  it("keeps our own pages, with their query", () => {
    const ours = [
      "/",
      "/password",
      "/password?from=notice",
      "/?tab=sessions",
      "/#sessions",
      "/scan",
      "/admin",
      "/admin/audit?type=signed_in",
      "/admin/people/AbCdEfGhIjKlMnOpQr_-12",
      "/admin/applications",
      "/admin/applications/deploy-tool.2",
      SCANNED,
      HAND_OVER,
      `/hand-over?site=${encodeURIComponent("[::1]:8080")}&state=AbCdEfGhIjKlMnOpQr_-12`,
    ];
    for (const address of ours) {
      expect(safeReturnAddress(address)).toBe(address);
    }
  });

  it.each([
    ["another site", "https://evil.example/"],
    ["a scheme alone", "javascript:alert(1)"],
    ["data", "data:text/html,x"],
    ["no leading slash", "password"],
    ["two slashes", "//evil.example"],
    ["three slashes", "///evil.example"],
    ["two slashes inside", "/password//evil.example"],
    ["two slashes after a dot segment", "/.//evil.example"],
    ["a backslash", "/\\evil.example"],
    ["backslashes alone", "\\\\evil.example"],
    ["credentials", "/@evil.example"],
    ["credentials before a host", "https://countersign.invalid@evil.example/"],
    ["the base we compare with", "https://countersign.invalid/password"],
    ["CRLF", "/password\r\nSet-Cookie: a=b"],
    ["a tab that browsers drop", "/\t/evil.example"],
    ["a leading space", " //evil.example"],
    ["NUL", "/password\u0000"],
    ["DEL", "/password\u007f"],
    ["encoded slashes", "/%2Fevil.example"],
    ["encoded slashes, small letters", "/%2fevil.example"],
    ["twice encoded slashes", "/%252Fevil.example"],
    ["an encoded backslash", "/%5Cevil.example"],
    ["twice encoded backslash", "/%255cevil.example"],
    ["an encoded at sign", "/password?x=%40evil.example"],
    ["encoded CRLF", "/password%0d%0aSet-Cookie:%20a=b"],
    ["encoded more often than anyone would", `/password?x=%${"25".repeat(12)}41`],
    ["a broken escape", "/password?x=%E0%A4"],
    ["dot segments", "/../password"],
    ["encoded dot segments", "/%2e%2e/password"],
    ["the interface", "/api/auth/me"],
    ["the sign-in page itself", "/sign-in"],
    ["an unknown page", "/nowhere"],
    ["a longer name", "/passwords"],
    ["too long", `/password?x=${"a".repeat(600)}`],
    ["a scanned link that is too short", SCANNED.slice(0, -1)],
    ["a scanned link that is too long", `${SCANNED}A`],
    ["a scanned link with something behind it", `${SCANNED}/approve`],
    ["a scanned link with a query", `${SCANNED}?approve=1`],
    ["a scanned link with a fragment", `${SCANNED}#approve`],
    ["a scanned link with other characters", "/q/AbCdEfGhIjKlMnOpQr_-1."],
    ["a scanned link, encoded", "/q/%41bCdEfGhIjKlMnOpQr_-12"],
    ["a scanned link without an id", "/q/"],
    ["a hand-over with a short state", HAND_OVER.slice(0, -1)],
    ["a hand-over with more behind it", `${HAND_OVER}&failed=1`],
    ["a hand-over to an address", "/hand-over?site=https://evil.example&state=AbCdEfGhIjKlMnOpQr_-12"],
    ["a hand-over without a site", "/hand-over?state=AbCdEfGhIjKlMnOpQr_-12"],
    ["a hand-over with a fragment", `${HAND_OVER}#x`],
    ["nothing", ""],
  ])("refuses %s", (_, address) => {
    expect(safeReturnAddress(address)).toBe("/");
  });

  it("keeps addresses at the origins that are listed, and no others", () => {
    const origins = ["https://app.example.com", "http://localhost:5173"];
    for (const address of ["https://app.example.com/", "http://localhost:5173/a?b=c#d", "/password"]) {
      expect(safeReturnAddress(address, origins)).toBe(address);
    }
    // tests/attack/return-address.test.ts has the look-alikes, at the running service.
    for (const address of ["https://app.example.com", "https://app.example.com.evil.example/", "/sign-out"]) {
      expect(safeReturnAddress(address, origins)).toBe("/");
    }
  });

  it("refuses what is not one string", () => {
    expect(safeReturnAddress(undefined)).toBe("/");
    expect(safeReturnAddress(null)).toBe("/");
    expect(safeReturnAddress(["/password", "/password"])).toBe("/");
  });
});

describe("signInAddress", () => {
  it("names the way back only when there is one", () => {
    expect(signInAddress("/")).toBe("/sign-in");
    expect(signInAddress("/password")).toBe("/sign-in?return=%2Fpassword");
    expect(signInAddress(SCANNED)).toBe(`/sign-in?return=${encodeURIComponent(SCANNED)}`);
    expect(signInAddress("//evil.example")).toBe("/sign-in");
  });
});
