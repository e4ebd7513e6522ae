import fc from "fast-check";
import { cookieNames } from "../../helpers/cookie-names";
import { APP_URL } from "../../helpers/service";

const names = cookieNames(APP_URL);

/** Names that mean something to some layer, besides the members of our own inputs. */
const memberName = fc.oneof(
  fc.constantFrom(
    "t",
    "username",
    "password",
    "credentials",
    "captcha",
    "delivery",
    "refresh_token",
    "access_token",
    "access-token",
    "old_password",
    "new_password",
    "secret",
    "display_name",
    "id",
    "kind",
    "answer",
    "qr_id",
    "user_code",
    "device_code",
    "ticket",
    "code",
    "grant_type",
    "client_id",
    "token",
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "toJSON",
    "then",
    "json",
    "0",
    "",
  ),
  fc.string({ maxLength: 12 }),
);

export const nastyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.constantFrom(
    "\u0000",
    "\ud800",
    "\udfff\ud800",
    "a\u202eb",
    "\n\r\n",
    "%00",
    "../../etc/passwd",
    '\'; DROP TABLE "User"; --',
    "$" + "{7*7}",
    "x".repeat(5000),
    "\u0130".repeat(300),
    "\ufdfa".repeat(200),
    "a".repeat(60_000),
    "1e999",
    "NaN",
  ),
);

export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  nastyText,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constantFrom(null, [], {}, -0, 1e308, Number.MAX_SAFE_INTEGER),
  fc.jsonValue({ maxDepth: 4 }),
);

/** An object that looks like an input more often than chance would make it. */
export const looksLikeInput = (valid: readonly Record<string, unknown>[]) =>
  fc.oneof(
    fc
      .tuple(fc.constantFrom(...valid), fc.array(fc.tuple(memberName, anyValue), { maxLength: 4 }))
      // defineProperty, because a plain assignment to __proto__ would not make a member.
      .map(([base, changes]) => JSON.stringify(withMembers(base, changes))),
    fc
      .array(fc.tuple(memberName, anyValue), { maxLength: 6 })
      .map((members) => JSON.stringify(withMembers({}, members))),
    anyValue.map((value) => JSON.stringify(value) ?? ""),
  );

function withMembers(base: Record<string, unknown>, changes: [string, unknown][]): Record<string, unknown> {
  const made = { ...base };
  for (const [name, value] of changes) {
    Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return made;
}

const boundary = "----fuzz";

/** Bytes that came from no serializer of ours. */
export const oddBody = fc.oneof(
  nastyText,
  fc.constantFrom(
    "[".repeat(30_000),
    '{"a":'.repeat(10_000),
    `${"[".repeat(500)}${"]".repeat(500)}`,
    '{"t":"a","t":"b","username":"ada","password":"x"}',
    '{"__proto__":{"roles":["owner"]},"t":"x","username":"ada","password":"x"}',
    '{"constructor":{"prototype":{"isAdmin":true}}}',
    "t=a&t=b",
    "captcha.=x&captcha.__proto__=y&captcha.id=1",
    "__proto__=x&__proto__.y=z",
    "%ff=%ff&%=%",
    `--${boundary}\r\nContent-Disposition: form-data; name="t"\r\n\r\nx\r\n--${boundary}--\r\n`,
    `--${boundary}\r\nContent-Disposition: form-data; name="t"; filename="x"\r\n\r\nx\r\n--${boundary}--\r\n`,
    `--${boundary}\r\n`,
    "\ufeff{}",
    "null",
    '"text"',
    "1e400",
    "x".repeat(70_000),
  ),
  fc.uint8Array({ maxLength: 200 }),
);

export const contentType = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("application/json", "application/json; charset=utf-8") },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "application/x-www-form-urlencoded",
      `multipart/form-data; boundary=${boundary}`,
      "multipart/form-data",
      "multipart/form-data; boundary=",
      "text/plain",
      "text/html",
      "application/json;;;",
      "APPLICATION/JSON",
      "application/octet-stream",
      "application/x-www-form-urlencoded, application/json",
      "application/jsonl",
      "",
    ),
  },
);

export const queryString = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.tuple(memberName, nastyText), { minLength: 1, maxLength: 3 })
      .map((pairs) =>
        pairs.map(([name, value]) => `${safely(name)}=${safely(value.slice(0, 500))}`).join("&"),
      )
      .map((text) => `?${text}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "?",
      "?%",
      "?access_token=",
      "?access-token=x&access_token=y",
      "?id=%00",
      `?id=${"x".repeat(64)}`,
      "?id=__proto__",
      "?others=true",
      "?others[]=true",
      "?batch=1",
      "?input={",
      "?input=%",
      "?batch=1&input={}",
      "?batch=1&input=[]",
      "?batch=1&input=null",
      '?batch=1&input={"0":null,"1":{"__proto__":1}}',
    ),
  },
);

function safely(text: string): string {
  return encodeURIComponent(text.replace(/[\ud800-\udfff]/g, ""));
}

const headerText = fc.stringMatching(/^[\x20-\x7e\x80-\xff]{0,80}$/);

/** Headers of which each may be missing, odd, or believable. `good` is what a signed-in caller would send. */
export const requestHeaders = (good: readonly Record<string, string>[]) =>
  fc
    .tuple(
      fc.constantFrom(...good, {}),
      fc.dictionary(
        fc.constantFrom(
          "authorization",
          "access-token",
          "dpop",
          "cookie",
          "origin",
          "sec-fetch-site",
          "user-agent",
          "accept",
          "trpc-accept",
          "x-countersign-site",
          "x-original-uri",
          "trpc-batch-mode",
          "last-event-id",
          "x-trpc-source",
          "range",
          "if-none-match",
        ),
        fc.oneof(
          headerText,
          fc.constantFrom(
            "http://localhost:8081",
            "Bearer",
            "Bearer x",
            "DPoP x",
            "Bearer a.b.c",
            "Basic YTpi",
            "Watch",
            "Watch x",
            "a,b",
            "null",
            "https://evil.example",
            "application/jsonl",
            "text/event-stream",
            "stream",
            `${names.refresh}=Fe26.2*1*x; ${names.view}=x`,
            `${names.refresh}=%; ${names.shared}=%; a`,
          ),
        ),
        { maxKeys: 4 },
      ),
    )
    .map(([base, odd]) => ({ ...base, ...odd }));
