import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CallOptions, startService, type TestService } from "../../helpers/service";

let service: TestService;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.close());

interface Refusal {
  readonly message: string;
  readonly data: { readonly reason: string; readonly request_id?: string };
}

async function refusalOf(pathname: string, options: CallOptions) {
  const { status, body } = await service.call(`/api/trpc/${pathname}`, options);
  return { status, error: (Array.isArray(body) ? body[0] : body).error as Refusal };
}

const json = { "content-type": "application/json" };
const tooMany = Array.from({ length: 26 }, () => "auth.serverTime").join(",");

describe("what tRPC itself refuses", () => {
  it.each<[string, string, CallOptions, number, string]>([
    [
      "a foreign content type",
      "auth.login",
      { body: "<a/>", headers: { "content-type": "text/xml" } },
      415,
      "unsupported_media_type",
    ],
    [
      "no content type",
      "auth.login",
      { body: new Uint8Array(3), headers: {} },
      415,
      "unsupported_media_type",
    ],
    [
      "a batch that is no object",
      "auth.login?batch=1",
      { body: "[]", headers: json },
      400,
      "invalid_request",
    ],
    ["a batch that is no JSON", "auth.login?batch=1", { body: "{", headers: json }, 400, "invalid_request"],
    ["an input that is no JSON", "auth.login", { body: "{", headers: json }, 400, "invalid_request"],
    ["too large a batch", `${tooMany}?batch=1`, {}, 400, "invalid_request"],
    ["an unknown procedure", "auth.nothing", {}, 404, "not_found"],
    ["a mutation by GET", "auth.login", {}, 405, "method_not_allowed"],
    ["a method it has no use for", "auth.me", { method: "PUT" }, 405, "method_not_allowed"],
    [
      "another site",
      "auth.ticket",
      { body: "{}", headers: { ...json, origin: "https://evil.example" } },
      403,
      "cross_site_request",
    ],
    ["too large a body", "auth.login", { body: "x".repeat(70_000), headers: json }, 413, "payload_too_large"],
    [
      "too large a body of a batch",
      "auth.login,auth.me?batch=1",
      { body: "x".repeat(70_000), headers: json },
      413,
      "payload_too_large",
    ],
  ])("%s: in the terms of the table, with the request's id", async (_, pathname, options, status, reason) => {
    const refusal = await refusalOf(pathname, options);
    expect([refusal.status, refusal.error.data.reason]).toEqual([status, reason]);
    expect(refusal.error.data.request_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(refusal.error.message).not.toBe("");
  });

  it("gives each request an id of its own", async () => {
    const bad = { body: "[]", headers: json };
    const [first, second] = [
      await refusalOf("auth.login?batch=1", bad),
      await refusalOf("auth.login?batch=1", bad),
    ];
    expect(first.error.data.request_id).not.toBe(second.error.data.request_id);
  });
});
