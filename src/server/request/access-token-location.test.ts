import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDomainError } from "../../modules/domain-error";
import { findAccessToken } from "./access-token-location";

interface Places {
  readonly authorization?: string | undefined;
  readonly header?: string | undefined;
  readonly query: readonly (readonly ["access-token" | "access_token", string])[];
  readonly form: Readonly<Record<string, string>>;
  readonly method: "GET" | "POST" | "DELETE";
  readonly allowsUrlTokens: boolean;
}

function find(places: Places): string {
  const headers = new Headers();
  if (places.authorization !== undefined) headers.set("authorization", `Bearer ${places.authorization}`);
  if (places.header !== undefined) headers.set("access-token", places.header);
  const url = new URL("http://localhost/api/auth/me");
  for (const [name, value] of places.query) url.searchParams.append(name, value);
  const request = new Request(url, { method: places.method, headers });
  try {
    const found = findAccessToken(request, url, places.form, places.allowsUrlTokens);
    return found ? `${found.place} ${found.token}` : "none";
  } catch (error) {
    return isDomainError(error) ? error.code : "fault";
  }
}

/** The rule of docs/reference/http.md, "Access token", place by place. */
function asProtocolSays({ authorization, header, query, form, method, allowsUrlTokens }: Places): string {
  const inForm = Object.values(form);
  if (query.length > 1 || inForm.length > 1) return "invalid_request";
  if (authorization !== undefined && header !== undefined) return "invalid_request";
  const inHeader = authorization ?? header;
  if (inHeader !== undefined) return `header ${inHeader}`;
  if (query[0]) return allowsUrlTokens && method === "GET" ? `query ${query[0][1]}` : "invalid_token";
  return inForm.length === 1 ? `form ${inForm[0]}` : "none";
}

const token = fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/);
const name = fc.constantFrom("access-token" as const, "access_token" as const);
const places = fc.record({
  authorization: fc.option(token, { nil: undefined }),
  header: fc.option(token, { nil: undefined }),
  query: fc.array(fc.tuple(name, token), { maxLength: 3 }),
  form: fc.dictionary(name, token, { maxKeys: 2, noNullPrototype: true }),
  method: fc.constantFrom("GET" as const, "POST" as const, "DELETE" as const),
  allowsUrlTokens: fc.boolean(),
});

describe("findAccessToken", () => {
  it("follows the protocol for every place of a token", () => {
    fc.assert(
      fc.property(places, (given) => {
        expect(find(given)).toBe(asProtocolSays(given));
      }),
      { numRuns: 3000 },
    );
  });

  it("reads the scheme in any case and says which it was", () => {
    for (const [text, scheme] of [
      ["Bearer a.b.c", "Bearer"],
      ["bearer a.b.c", "Bearer"],
      ["DPoP a.b.c", "DPoP"],
      ["dpop   a.b.c", "DPoP"],
    ] as const) {
      const request = new Request("http://localhost/", { headers: { authorization: text } });
      const found = findAccessToken(request, new URL(request.url), undefined, true);
      expect(found).toEqual({ token: "a.b.c", scheme, place: "header" });
    }
  });

  it("does not take look-alikes in the URL or form for a token", () => {
    for (const lookAlike of [
      "Access-Token",
      "accesstoken",
      "access_token[]",
      "token",
      "__proto__",
      "refresh_token",
    ]) {
      const url = new URL(`http://localhost/?${encodeURIComponent(lookAlike)}=x`);
      const form = Object.fromEntries([[lookAlike, "x"]]);
      expect(findAccessToken(new Request(url), url, form, true)).toBeUndefined();
    }
  });
});
