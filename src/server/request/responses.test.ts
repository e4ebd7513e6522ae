import { describe, expect, it } from "vitest";
import { type ErrorCode, errorTable } from "../../contract/errors";
import { DomainError } from "../../modules/domain-error";
import type { Log } from "../../platform/log/log";
import { errorResponse, finish, json, logFault, toPublicError } from "./responses";

const logged: unknown[] = [];
const log = { error: (...entry: unknown[]) => logged.push(entry) } as unknown as Log;
const request = (headers: Record<string, string> = {}) =>
  new Request("http://localhost/api/auth/me", { headers });
const answer = (error: unknown, headers: Record<string, string> = {}) =>
  errorResponse(toPublicError(error), { request: request(headers), requestId: "request-1", face: "plain" });

describe("refusals", () => {
  it.each(Object.keys(errorTable) as ErrorCode[])(
    "%s: its status, code, sentence and request id",
    async (code) => {
      const response = answer(new DomainError(code));
      expect(response.status).toBe(errorTable[code].httpStatus);
      expect(await response.json()).toEqual({
        error: code,
        error_description: errorTable[code].message,
        request_id: "request-1",
      });
      expect(response.headers.has("www-authenticate")).toBe(response.status === 401);
      expect(response.headers.has("retry-after")).toBe([429, 503].includes(response.status));
    },
  );

  it("tell the field, the wait and what else is public, and nothing of the cause", async () => {
    const error = new DomainError(
      "too_many_attempts",
      { field: "t", retryAfterInSeconds: 7, extra: { captcha: { id: "1" } } },
      { cause: new Error("canary") },
    );
    const response = answer(error);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ field: "t", retry_after: 7, captcha: { id: "1" } });
    expect(response.headers.get("retry-after")).toBe("7");
    expect(text).not.toContain("canary");
  });

  it("a wait is at least a second", () => {
    const error = new DomainError("too_many_attempts", { retryAfterInSeconds: 0 });
    expect(answer(error).headers.get("retry-after")).toBe("1");
  });

  it.each([
    new Error("canary"),
    "canary",
    { code: "canary", status: 200 },
    null,
    undefined,
    new TypeError("canary"),
  ])("anything else (%s) reaches nobody but the log", async (thrown) => {
    logged.length = 0;
    const response = answer(thrown);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("canary");
    logFault(thrown, "request-1", log);
    expect(logged).toEqual([
      [expect.objectContaining({ request_id: "request-1", err: thrown }), "unhandled error"],
    ]);
  });

  it.each(Object.keys(errorTable) as ErrorCode[])("%s is logged where it is a fault of ours only", (code) => {
    logged.length = 0;
    logFault(new DomainError(code), "request-1", log);
    expect(logged).toHaveLength(errorTable[code].httpStatus >= 500 ? 1 : 0);
  });
});

describe("challenges (RFC 6750 section 3, RFC 9449 section 7.1)", () => {
  const challenge = (error: DomainError, headers: Record<string, string> = {}) =>
    answer(error, headers).headers.get("www-authenticate");
  const bearer = 'Bearer realm="countersign"';
  const dpop = 'DPoP algs="ES256"';

  it.each<[string, DomainError, Record<string, string>, string]>([
    [
      "no token but a proof",
      new DomainError("invalid_token"),
      { dpop: "x" },
      `${dpop}, error="invalid_token"`,
    ],
    ["no token or a bad one", new DomainError("invalid_token"), {}, `${bearer}, error="invalid_token"`],
    ["expired", new DomainError("token_expired"), {}, `${bearer}, error="invalid_token"`],
    ["revoked", new DomainError("session_revoked"), {}, `${bearer}, error="invalid_token"`],
    ["reused", new DomainError("refresh_token_reused"), {}, `${bearer}, error="invalid_token"`],
    [
      "bad DPoP token",
      new DomainError("invalid_token"),
      { authorization: "DPoP x" },
      `${dpop}, error="invalid_token"`,
    ],
    ["other key", new DomainError("device_mismatch"), {}, `${dpop}, error="invalid_token"`],
    ["bad proof", new DomainError("invalid_dpop_proof"), {}, `${dpop}, error="invalid_dpop_proof"`],
    ["nonce", new DomainError("use_dpop_nonce"), {}, `${dpop}, error="use_dpop_nonce"`],
    ["wrong password", new DomainError("invalid_credentials"), {}, `${bearer}, error="invalid_credentials"`],
    [
      "OAuth client",
      new DomainError("invalid_client"),
      {},
      'Basic realm="countersign", error="invalid_client"',
    ],
    [
      "bound token as Bearer",
      new DomainError("invalid_token", { challengeScheme: "DPoP" }),
      { authorization: "Bearer x" },
      `${dpop}, error="invalid_token"`,
    ],
  ])("%s", (_name, error, headers, expected) => expect(challenge(error, headers)).toBe(expected));
});

describe("finish", () => {
  it("puts the security headers on every answer and leaves what the answer itself said", () => {
    const { headers } = finish(json({}), new Headers(), {});
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    const cached = json({});
    cached.headers.set("cache-control", "public, max-age=300");
    expect(finish(cached, new Headers(), {}).headers.get("cache-control")).toBe("public, max-age=300");
  });

  it("keeps several cookies apart", () => {
    const extra = new Headers([
      ["set-cookie", "a=1; Path=/"],
      ["set-cookie", "b=2; Path=/"],
    ]);
    expect(finish(json({}), extra, {}).headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2; Path=/"]);
  });
});
