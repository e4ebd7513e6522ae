import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cookieNames } from "../helpers/cookie-names";
import { protectedTargets, type Target } from "../helpers/endpoints";
import {
  type Answer,
  APP_URL,
  type Device,
  makeProof,
  newDevice,
  PASSWORD,
  startService,
  type TestService,
  type Tokens,
} from "../helpers/service";
import {
  byComputer,
  byPhone,
  cancel,
  confirm,
  createQr,
  enterCode,
  redeem,
  type SignedInPhone,
  scan,
  statusOf,
  type WaitingComputer,
} from "../helpers/steps/qr";
import { me, reasonOf, refresh, signInWithCookies } from "../helpers/wire";

/**
 * Security bar 19: each kind of credential at every place where another kind belongs. The wrong kind is refused, and
 * being tried in the wrong place costs the session nothing.
 */
const cookies = cookieNames(APP_URL);
let service: TestService;
let device: Device;
let bearerTokens: Tokens;
let boundTokens: Tokens;
let credentials: Record<Kind, () => Promise<string>>;
let sealed: ReadonlyMap<string, string>;
/** It waits for a phone: pending, so that what is tried against it would be seen. */
let computer: WaitingComputer;
/** A request that the bound session has claimed. */
let claimed: WaitingComputer;
/** One that the bound session has claimed from another network: it waits for its six digits. */
let asking: WaitingComputer;
let phone: SignedInPhone;

const kinds = [
  "access token",
  "bound access token",
  "refresh token",
  "bound refresh token",
  "sign-in ticket",
  "captcha id",
  "sealed refresh cookie",
  "sealed view cookie",
  "proof",
  "session id",
  "user id",
  "signing key id",
  "password",
  "QR id",
  "QR device code",
  "QR user code",
  "QR watch token",
  "QR phone ticket",
] as const;
type Kind = (typeof kinds)[number];

beforeAll(async () => {
  service = await startService({
    LIMIT_ADDRESS_FAILURES: "100000",
    LIMIT_QR_CLAIMS: "100000",
    LIMIT_WRONG_MATCH_CODES: "100000",
    LIMIT_WRONG_USER_CODES: "100000",
    LIMIT_ADDRESS_WRONG_USER_CODES: "100000",
  });
  await service.addUser("ada");
  device = await newDevice();
  bearerTokens = await service.signIn("ada");
  boundTokens = await service.signIn("ada", device);
  sealed = (await signInWithCookies(service, "ada", device)).cookies;
  phone = { device, tokens: boundTokens };
  [computer, claimed, asking] = [await createQr(service), await createQr(service), await createQr(service)];
  await scan(service, phone, claimed);
  await scan(service, phone, asking, { address: "198.51.100.7" });
  const ticket = async () => (await service.call("/api/auth/get_t")).body;
  const value = (text: string | undefined) => async () => text ?? "";
  credentials = {
    "access token": value(bearerTokens.access_token),
    "bound access token": value(boundTokens.access_token),
    "refresh token": value(bearerTokens.refresh_token),
    "bound refresh token": value(boundTokens.refresh_token),
    "sign-in ticket": async () => String((await ticket()).t),
    "captcha id": async () => ((await ticket()).captcha as { id: string }).id,
    "sealed refresh cookie": value(sealed.get(cookies.refresh)),
    "sealed view cookie": value(sealed.get(cookies.view)),
    proof: () => makeProof(device, "GET", "/api/auth/me", service.clock, boundTokens.access_token),
    "session id": value(bearerTokens.session_id),
    "user id": async () =>
      String(((await me(service, bearerTokens.access_token)).body.user as { id: string }).id),
    "signing key id": value(service.container.keys.current("sig").publicJwk.kid),
    password: value(PASSWORD),
    "QR id": value(computer.qrId),
    "QR device code": value(computer.deviceCode),
    "QR user code": value(computer.userCode),
    "QR watch token": value(computer.watchToken),
    "QR phone ticket": async () => String((await scan(service, phone, claimed)).body.ticket),
  };
});

afterAll(() => service.close());

type Place = readonly [
  name: string,
  accepts: readonly Kind[],
  present: (credential: string) => Promise<Answer>,
];

const withProof = async (method: string, path: string, token?: string) => ({
  dpop: await makeProof(device, method, path, service.clock, token),
});

const hasBody = ([method]: Target) => method === "POST" || method === "PATCH";
/** Those that answer a good token with 200 and use nothing up. */
const reads = protectedTargets.filter(
  ([method, path]) =>
    method === "GET" && !path.includes("/qr") && !/some-id|administration\.(user|sessions)$/.test(path),
);
const writes = protectedTargets.filter((target) => hasBody(target) && !target[1].startsWith("/api/trpc/"));

const places: readonly Place[] = [
  ...reads.flatMap(([, path]): Place[] => [
    [
      `${path} as Bearer`,
      ["access token"],
      (text) => service.call(path, { headers: { authorization: `Bearer ${text}` } }),
    ],
    [
      `${path} as DPoP with a proof`,
      ["bound access token"],
      async (text) =>
        service.call(path, {
          headers: { authorization: `DPoP ${text}`, ...(await withProof("GET", path, text)) },
        }),
    ],
    [
      `${path} in access-token`,
      ["access token"],
      (text) => service.call(path, { headers: { "access-token": text } }),
    ],
    [
      `${path} in the query`,
      ["access token"],
      (text) => service.call(`${path}?access_token=${encodeURIComponent(text)}`),
    ],
  ]),
  [
    "/api/auth/me in a form",
    ["access token"],
    (text) => service.call("/api/auth/me", { form: { access_token: text } }),
  ],
  ...writes.map(
    ([method, path]): Place => [
      `${path} as Bearer`,
      ["access token"],
      (text) =>
        path.endsWith("logout")
          ? service.call(path, {
              method,
              headers: { authorization: `Bearer ${text}`, "content-type": "text/plain" },
              body: "x",
            })
          : service.call(path, { method, headers: { authorization: `Bearer ${text}` }, json: {} }),
    ],
  ),
  [
    "/api/auth/refresh-token in the body",
    [],
    (text) => service.call("/api/auth/refresh-token", { json: { refresh_token: text } }),
  ],
  [
    "/api/auth/refresh-token in the body, with a proof",
    [],
    async (text) =>
      service.call("/api/auth/refresh-token", {
        headers: await withProof("POST", "/api/auth/refresh-token"),
        json: { refresh_token: text },
      }),
  ],
  [
    "/api/auth/refresh-token as the cookie, with a proof",
    [],
    async (text) =>
      service.call("/api/auth/refresh-token", {
        headers: {
          ...(await withProof("POST", "/api/auth/refresh-token")),
          cookie: `${cookies.refresh}=${text}`,
        },
        json: {},
      }),
  ],
  [
    "/api/auth/logout in the body",
    [],
    (text) => service.call("/api/auth/logout", { json: { refresh_token: text } }),
  ],
  [
    "/api/auth/login as the ticket",
    [],
    (text) => service.call("/api/auth/login", { json: { t: text, username: "ada", password: PASSWORD } }),
  ],
  [
    "/api/auth/login as the encrypted credentials",
    [],
    async (text) =>
      service.call("/api/auth/login", {
        json: { t: await credentials["sign-in ticket"](), credentials: text },
      }),
  ],
  [
    "/api/auth/captcha as the id",
    [],
    (text) => service.call(`/api/auth/captcha?id=${encodeURIComponent(text)}`),
  ],
  [
    "/api/auth/captcha/pow as the id",
    [],
    (text) => service.call(`/api/auth/captcha/pow?id=${encodeURIComponent(text)}`),
  ],
  [
    "/api/auth/setup as the secret",
    [],
    (text) =>
      service.call("/api/auth/setup", { json: { secret: text, username: "eve", password: PASSWORD } }),
  ],
  [
    "the DPoP header of a bound call",
    [],
    (text) =>
      service.call("/api/auth/me", {
        headers: { authorization: `DPoP ${boundTokens.access_token}`, dpop: text },
      }),
  ],
];

/** What is in a member of a body: of the computer, which proves its key, or of the phone, which is signed in. */
const membersOfQr: readonly Place[] = [
  ...["status", "token", "cancel", "code"].map(
    (act): Place => [
      `/api/auth/qr/${act} as the device_code, by the computer`,
      [],
      (text) =>
        byComputer(service, computer.device, `/api/auth/qr/${act}`, { device_code: text, code: "000000" }),
    ],
  ),
  ["/api/auth/qr/code as the six digits", [], (text) => enterCode(service, asking, text.slice(0, 16))],
  [
    "/api/auth/qr/scan as the id",
    [],
    (text) => byPhone(service, phone, "/api/auth/qr/scan", { qr_id: text }),
  ],
  [
    "/api/auth/qr/scan as the typed code",
    [],
    (text) => byPhone(service, phone, "/api/auth/qr/scan", { user_code: text }),
  ],
  ...["confirm", "deny", "extend"].map(
    (act): Place => [
      `/api/auth/qr/${act} as the ticket, by the phone`,
      [],
      (text) => byPhone(service, phone, `/api/auth/qr/${act}`, { ticket: text }),
    ],
  ),
  [
    "/api/auth/qr/{id}/events as Watch",
    [],
    (text) =>
      service.call(`/api/auth/qr/${computer.qrId}/events`, { headers: { authorization: `Watch ${text}` } }),
  ],
  [
    "/api/auth/qr/{id}/events as the id, with the watch token",
    [],
    (text) =>
      service.call(`/api/auth/qr/${encodeURIComponent(text)}/events`, {
        headers: { authorization: `Watch ${computer.watchToken}` },
      }),
  ],
  [
    "/api/auth/qr/{id} as DPoP with a proof",
    ["bound access token"],
    async (text) => {
      const path = `/api/auth/qr/${claimed.qrId}`;
      return service.call(path, {
        headers: { authorization: `DPoP ${text}`, ...(await withProof("GET", path, text)) },
      });
    },
  ],
];

/** Where a kind does belong, though `accepts` leaves it out because using it there would use it up. */
const belongs: Readonly<Record<string, readonly Kind[]>> = {
  "/api/auth/refresh-token in the body": ["refresh token"],
  "/api/auth/refresh-token in the body, with a proof": ["refresh token", "bound refresh token"],
  "/api/auth/refresh-token as the cookie, with a proof": ["sealed refresh cookie"],
  "/api/auth/logout in the body": ["refresh token"],
  "/api/auth/login as the ticket": ["sign-in ticket"],
  "/api/auth/captcha as the id": ["captcha id"],
  "/api/auth/captcha/pow as the id": ["captcha id"],
  "the DPoP header of a bound call": ["proof"],
  "/api/auth/qr/status as the device_code, by the computer": ["QR device code"],
  "/api/auth/qr/cancel as the device_code, by the computer": ["QR device code"],
  "/api/auth/qr/scan as the id": ["QR id"],
  "/api/auth/qr/scan as the typed code": ["QR user code"],
  "/api/auth/qr/confirm as the ticket, by the phone": ["QR phone ticket"],
  "/api/auth/qr/deny as the ticket, by the phone": ["QR phone ticket"],
  "/api/auth/qr/extend as the ticket, by the phone": ["QR phone ticket"],
  "/api/auth/qr/{id}/events as Watch": ["QR watch token"],
  "/api/auth/qr/{id}/events as the id, with the watch token": ["QR id"],
};

const allPlaces = [...places, ...membersOfQr];

describe.each(allPlaces)("%s", (name, accepts, present) => {
  const wrong = kinds.filter((kind) => !accepts.includes(kind) && !belongs[name]?.includes(kind));

  it.each(wrong)("refuses: %s", async (kind) => {
    const answer = await present(await credentials[kind]());
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(reasonOf(answer)).toBeTypeOf("string");
    expect(answer.body.access_token).toBeUndefined();
    expect(answer.headers.getSetCookie().filter((line) => !/Max-Age=0/i.test(line))).toEqual([]);
  });
});

it("the controls: what belongs in a place is taken there", async () => {
  for (const [name, accepts, present] of allPlaces) {
    for (const kind of accepts) {
      const answer = await present(await credentials[kind]());
      // 400, 404 and 415: the token was taken, and then the body was found to say nothing, or the id to name nothing. 201: an
      // invitation needs no body.
      const taken = [200, 201, "invalid_request", "not_found", "unsupported_media_type"];
      expect([name, reasonOf(answer) ?? answer.status]).toSatisfy(([, told]) => taken.includes(told));
    }
  }
  const cookie = await service.call("/api/auth/refresh-token", {
    headers: {
      ...(await withProof("POST", "/api/auth/refresh-token")),
      cookie: `${cookies.refresh}=${sealed.get(cookies.refresh)}`,
      origin: APP_URL,
    },
    json: {},
  });
  expect(cookie.status).toBe(200);
});

it("after all of it both requests have the state that they had, and one of them still ends in a sign-in", async () => {
  expect((await statusOf(service, computer)).body.status).toBe("pending");
  expect((await statusOf(service, claimed)).body.status).toBe("scanned");
  expect((await statusOf(service, asking)).body).toMatchObject({ status: "scanned", code_entered: false });
  const watched = await service.call(`/api/auth/qr/${computer.qrId}/events`, {
    method: "HEAD",
    headers: { authorization: `Watch ${computer.watchToken}` },
  });
  expect(watched.status).toBe(200);
  const scanned = await scan(service, phone, claimed);
  expect((await confirm(service, phone, scanned)).status).toBe(204);
  expect((await redeem(service, claimed)).status).toBe(200);
  expect((await cancel(service, computer)).status).toBe(204);
});

it("after all of it every session lives, and its real credentials still work", async () => {
  expect((await me(service, bearerTokens.access_token)).status).toBe(200);
  expect((await me(service, boundTokens.access_token, device)).status).toBe(200);
  expect((await refresh(service, bearerTokens.refresh_token)).status).toBe(200);
  expect((await refresh(service, boundTokens.refresh_token, device)).status).toBe(200);
});

describe("an access token, the longest of all, is refused as the wrong one that it is, and not as no input", () => {
  it.each([
    ["/api/auth/refresh-token in the body", "invalid_token"],
    ["/api/auth/logout in the body", "invalid_token"],
    ["/api/auth/login as the ticket", "invalid_ticket"],
    ["/api/auth/setup as the secret", "setup_closed"],
    ["/api/auth/qr/status as the device_code, by the computer", "qr_not_found"],
    ["/api/auth/qr/token as the device_code, by the computer", "invalid_grant"],
    ["/api/auth/qr/scan as the id", "qr_not_found"],
    ["/api/auth/qr/confirm as the ticket, by the phone", "invalid_ticket"],
  ])("%s: %s", async (place, code) => {
    const present = allPlaces.find(([name]) => name === place)?.[2];
    const answer = await present?.(boundTokens.access_token);
    expect(answer && reasonOf(answer)).toBe(code);
  });
});
