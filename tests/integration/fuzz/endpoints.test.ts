import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { routes } from "../../../src/server/faces/http/routes";
import { appRouter } from "../../../src/server/faces/trpc/router";
import {
  APP_URL,
  bearer,
  boundHeaders,
  newDevice,
  PASSWORD,
  proofHeader,
  startService,
  type TestService,
} from "../../helpers/service";
import { createQr, openPhone, scan } from "../../helpers/steps/qr";
import { encrypt, getTicket } from "../../helpers/steps/sign-in";
import {
  anyValue,
  contentType,
  looksLikeInput,
  nastyText,
  oddBody,
  queryString,
  requestHeaders,
} from "./arbitraries";

/** Given to repeat a run: `FUZZ_SEED=… FUZZ_RUNS=…`. */
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const runs = Number(process.env.FUZZ_RUNS ?? 100);
const parameters = { seed, numRuns: runs, endOnFailure: true } as const;

const plainEndpoints = Object.keys(routes).map((path) => path.replace("/*", "/some-id"));
const procedures = Object.keys(appRouter._def.procedures).map((name) => `/api/trpc/${name}`);
/** They have no end, and are shot at one by one above. */
const subscriptions = new Set(["sessions.live", "qr.watch"]);
const methods = ["GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"];

let service: TestService;
let adaId: string;
let good: Record<string, string>[];
let valid: Record<string, unknown>[];
let secretsInUse: string[];

beforeAll(async () => {
  process.stdout.write(`fuzz: FUZZ_SEED=${seed} FUZZ_RUNS=${runs}\n`);
  service = await startService({
    PROTECTED_SITES: "http://localhost:8081",
    LIMIT_TICKETS: "1000000",
    LIMIT_ADDRESS_FAILURES: "1000000",
    LIMIT_LIVE_QR_CODES: "1000000",
    LIMIT_QR_CODES: "1000000",
    LIMIT_QR_CLAIMS: "1000000",
    LIMIT_WRONG_USER_CODES: "1000000",
    LIMIT_ADDRESS_WRONG_USER_CODES: "1000000",
  });
  adaId = await service.addUser("ada");
  await service.addUser("victim");
});

// New each time, because some of the requests sign out; made directly, because some of them lock accounts.
beforeEach(async () => {
  const { accountAdministration } = service.container;
  let user = await accountAdministration.requireById(adaId);
  // One that was signed in may have taken another name.
  if (user.username !== "ada") user = await accountAdministration.rename(user, "ada");
  const tokens = await service.container.sessions.create({
    user,
    clientId: "countersign",
    method: "password",
    factors: ["pwd"],
    keyThumbprint: null,
    device: { browser: null, os: null },
    address: null,
  });
  const { t, captcha } = await getTicket(service);
  good = [bearer(tokens.accessToken), { "access-token": tokens.accessToken }];
  valid = [
    { t, username: "victim", password: "wrong" },
    { t, credentials: "a.b.c.d.e", captcha: { id: captcha.id, kind: "image", answer: "X" } },
    { t, username: "victim", password: "wrong", delivery: "cookie" },
    { refresh_token: "1.x.0.y" },
    { password: "wrong" },
    { old_password: "wrong", new_password: "a new and long password" },
    { secret: "x", username: "eve", password: PASSWORD },
    { id: "x" },
    { device_code: "x", code: "000000" },
    { user_code: "BCDF-GHJK" },
    { ticket: "x.1.y" },
  ];
  secretsInUse = [PASSWORD, tokens.refreshToken, service.dataDir];
});

afterAll(() => service.close());

afterEach(async () => {
  expect((await service.call("/api/health")).status).toBe(200);
});

interface Shot {
  readonly pathname: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly type?: string;
  readonly body?: string | Uint8Array;
}

async function shoot({ pathname, method, headers, type, body }: Shot): Promise<void> {
  const isBodyless = method === "GET" || method === "HEAD";
  const controller = new AbortController();
  const request = new Request(APP_URL + pathname, {
    method,
    headers: { ...headers, ...(type && body !== undefined && !isBodyless ? { "content-type": type } : {}) },
    signal: controller.signal,
    ...(body === undefined || isBodyless
      ? {}
      : { body: typeof body === "string" ? body : new Uint8Array(body) }),
  });
  const response = await service.api(request, { address: "192.0.2.1" });
  const text = await firstPartOf(response);
  controller.abort();
  if (response.status >= 500) throw new Error(`${response.status}: ${text}\n${service.log().slice(-2000)}`);
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(text).not.toMatch(/\n\s+at |node_modules|\.ts:\d+|Prisma|SQLITE|ZodError|stack/);
  for (const secret of secretsInUse) expect(text).not.toContain(secret);
}

/** A stream has no end, so of every answer the beginning is read. */
async function firstPartOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return "";
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (value) text += new TextDecoder().decode(value);
    if (done || isStream) break;
  }
  await reader.cancel().catch(() => undefined);
  return text;
}

describe.each([...plainEndpoints, ...procedures])("%s", (pathname) => {
  it("answers whatever comes without a fault", { timeout: 120_000 }, async () => {
    const shots = fc.record({
      pathname: queryString.map((query) => pathname + query),
      method: fc.constantFrom("GET", "POST", "POST", "POST", ...methods),
      headers: requestHeaders(good),
      type: contentType,
      body: fc.oneof(looksLikeInput(valid), oddBody),
    });
    await fc.assert(fc.asyncProperty(shots, shoot), parameters);
  });

  it("answers JSON that almost fits without a fault, signed in or not", { timeout: 120_000 }, async () => {
    const shots = fc.record({
      pathname: fc.constant(pathname),
      method: fc.constantFrom("POST", "DELETE"),
      headers: fc.constantFrom(...good, {}),
      type: fc.constant("application/json"),
      body: looksLikeInput(valid),
    });
    await fc.assert(fc.asyncProperty(shots, shoot), parameters);
  });
});

describe.each([...plainEndpoints, ...procedures].filter((path) => /qr[./]|qr$/.test(path)))(
  "%s, by a computer or a phone that proves its key",
  (pathname) => {
    it("answers JSON that almost fits without a fault", { timeout: 120_000 }, async () => {
      const phone = await openPhone(service, "ada");
      const computer = await createQr(service);
      const { body } = await scan(service, phone, await createQr(service));
      const fitting = [
        { device_code: computer.deviceCode },
        { device_code: computer.deviceCode, code: "000000" },
        { device_code: computer.deviceCode, delivery: "cookie" },
        { qr_id: computer.qrId },
        { user_code: computer.userCode },
        { ticket: String(body.ticket) },
      ];
      const own = pathname.replace("some-id", computer.qrId);
      const shots = fc.record({
        method: fc.constantFrom("POST", "POST", "POST", "GET"),
        isPhone: fc.boolean(),
        body: looksLikeInput(fitting),
      });
      const property = fc.asyncProperty(shots, async ({ method, isPhone, body }) => {
        const headers = isPhone
          ? await boundHeaders(phone.device, method, own, phone.tokens.access_token, service.clock)
          : await proofHeader(computer.device, method, own, service.clock);
        const query = method === "GET" ? `?input=${encodeURIComponent(body)}` : "";
        await shoot({ pathname: own + query, method, headers, type: "application/json", body });
      });
      secretsInUse.push(computer.deviceCode, computer.watchToken, phone.tokens.refresh_token);
      await fc.assert(property, { ...parameters, numRuns: runs / 2 });
    });
  },
);

describe("batches of tRPC", () => {
  it("answer whatever is batched without a fault", { timeout: 120_000 }, async () => {
    const names = procedures.map((path) => path.slice("/api/trpc/".length));
    const name = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...names.filter((item) => !subscriptions.has(item))) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          "",
          "x",
          "auth",
          "__proto__",
          "auth.__proto__",
          "constructor",
          "%2C",
          "a/b",
        ),
      },
    );
    const shots = fc
      .record({
        names: fc.array(name, { minLength: 1, maxLength: 30 }),
        method: fc.constantFrom("GET", "POST"),
        headers: requestHeaders(good),
        body: fc.oneof(
          fc
            .array(looksLikeInput(valid), { maxLength: 30 })
            .map((items) => `{${items.map((item, i) => `"${i}":${item || "null"}`).join()}}`),
          looksLikeInput(valid),
          oddBody,
        ),
        query: fc.constantFrom(
          "?batch=1",
          "?batch=1&input={}",
          '?batch=1&input={"0":{}}',
          "?batch=0",
          "?batch=1&batch=1",
        ),
      })
      .map(({ names: list, query, ...rest }) => ({
        ...rest,
        type: "application/json",
        pathname: `/api/trpc/${list.join(",")}${query}`,
      }));
    await fc.assert(fc.asyncProperty(shots, shoot), { ...parameters, numRuns: runs * 4 });
  });
});

describe("addresses that lead nowhere", () => {
  it("answer without a fault, whatever they are", { timeout: 120_000 }, async () => {
    const segment = fc.oneof(
      fc.webSegment(),
      fc.constantFrom(
        "..",
        ".",
        "%2e%2e",
        "%00",
        "%",
        "%ff",
        "__proto__",
        "constructor",
        "*",
        "auth",
        "trpc",
        "api",
        "",
        "sessions",
      ),
    );
    const shots = fc.record({
      pathname: fc
        .tuple(
          fc.constantFrom(
            "/api/",
            "/api/auth/",
            "/api/auth/sessions/",
            "/api/trpc/",
            "/oauth/",
            "/.well-known/",
          ),
          fc.array(segment, { maxLength: 4 }),
          queryString,
        )
        .map(([start, rest, query]) => start + rest.join("/") + query),
      method: fc.constantFrom(...methods),
      headers: requestHeaders(good),
      type: contentType,
      body: oddBody,
    });
    await fc.assert(fc.asyncProperty(shots, shoot), { ...parameters, numRuns: runs * 5 });
  });
});

describe("a sign-in whose ticket is good", () => {
  it("answers any name, password and captcha without a fault", { timeout: 120_000 }, async () => {
    const members = fc.record({
      username: nastyText.map((text) => text.slice(0, 256)),
      password: nastyText.map((text) => text.slice(0, 4096)),
    });
    const property = fc.asyncProperty(
      members,
      fc.option(anyValue),
      requestHeaders([]),
      async (login, captcha, headers) => {
        const { t } = await getTicket(service);
        const body = JSON.stringify({ t, ...login, ...(captcha === null ? {} : { captcha }) });
        const type = "application/json";
        await shoot({ pathname: "/api/auth/login", method: "POST", headers, type, body });
      },
    );
    await fc.assert(property, parameters);
  });

  it("answers any credentials that were encrypted well without a fault", { timeout: 120_000 }, async () => {
    const property = fc.asyncProperty(looksLikeInput(valid), async (plaintext) => {
      const { t, encryption_jwk } = await getTicket(service);
      const credentials = await encrypt(encryption_jwk, plaintext.replace('"t":"', `"t":"${t}","x":"`));
      const body = JSON.stringify({ t, credentials });
      await shoot({
        pathname: "/api/auth/login",
        method: "POST",
        headers: {},
        type: "application/json",
        body,
      });
    });
    await fc.assert(property, parameters);
  });
});

describe("first-run set-up while it is open", () => {
  it("answers any name and password without a fault", { timeout: 120_000 }, async () => {
    const fresh = await startService();
    const secret = await fresh.container.setupLink.renew();
    const property = fc.asyncProperty(
      nastyText,
      nastyText,
      fc.option(nastyText),
      async (username, password, name) => {
        const json = { secret, username, password, ...(name === null ? {} : { display_name: name }) };
        const answer = await fresh.call("/api/auth/setup", { json });
        expect(answer.status).toBeLessThan(500);
      },
    );
    await fc.assert(property, parameters);
    await fresh.close();
  });
});

describe("a request that is good but for its proof", () => {
  it("answers any proof without a fault", { timeout: 120_000 }, async () => {
    const device = await newDevice();
    const { dpop = "" } = await proofHeader(device, "POST", "/api/auth/login", service.clock);
    const [header = "", claims = "", signature = ""] = dpop.split(".");
    const part = (valid: string) =>
      fc.oneof(
        fc.constant(valid),
        fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)).toString("base64url")),
        fc.string({ maxLength: 20 }).filter((text) => /^[\x20-\x7e]*$/.test(text)),
        fc
          .dictionary(
            fc.constantFrom("typ", "alg", "jwk", "htm", "htu", "iat", "jti", "ath", "crit"),
            fc.jsonValue(),
          )
          .map((members) => {
            const decoded = JSON.parse(Buffer.from(valid, "base64url").toString("utf8") || "{}") as object;
            return Buffer.from(JSON.stringify({ ...decoded, ...members })).toString("base64url");
          }),
      );
    const shots = fc
      .tuple(part(header), part(claims), fc.constantFrom(signature, "", "x", signature.slice(2)))
      .map((parts) => ({
        pathname: "/api/auth/login",
        method: "POST",
        headers: { dpop: parts.join(".") },
        type: "application/json",
        body: JSON.stringify({ t: "x", username: "ada", password: "x" }),
      }));
    await fc.assert(fc.asyncProperty(shots, shoot), { ...parameters, numRuns: runs * 4 });
  });
});

it("leaves what it shot at as it was", async () => {
  const accounts = await service.container.accounts.list();
  expect(accounts.map(({ username, roles, disabledAt }) => ({ username, roles, disabledAt }))).toEqual([
    { username: "ada", roles: ["owner"], disabledAt: null },
    { username: "victim", roles: ["user"], disabledAt: null },
  ]);
  expect(({} as Record<string, unknown>).roles).toBeUndefined();
  expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
  expect((await service.call("/api/auth/server_time")).status).toBe(200);
});
