import { CompactEncrypt, importJWK, type JWK } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cookieNames } from "../../helpers/cookie-names";
import {
  type Answer,
  APP_URL,
  bearer,
  boundHeaders,
  newDevice,
  PASSWORD,
  proofHeader,
  startService,
  type TestService,
  type Tokens,
} from "../../helpers/service";
import { me, reasonOf, refresh, signInWithCookies, usernameIn } from "../../helpers/wire";

/** The main line: get_t → login → me → refresh → logout, with nothing but HTTP; and what is dead afterwards. */
const names = cookieNames(APP_URL);
let service: TestService;

beforeAll(async () => {
  service = await startService();
  await service.addUser("ada");
});

afterAll(() => service.close());

async function encrypt(ticket: Answer["body"], credentials: Record<string, unknown>): Promise<string> {
  const jwk = ticket.encryption_jwk as JWK;
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(credentials)))
    .setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM", kid: String(jwk.kid) })
    .encrypt(await importJWK(jwk, "ECDH-ES+A256KW"));
}

type Login = (ticket: Answer["body"]) => Promise<Record<string, string>>;
const plain: Login = async ({ t }) => ({ t: String(t), username: "ada", password: PASSWORD });
const encrypted: Login = async (ticket) => ({
  t: String(ticket.t),
  credentials: await encrypt(ticket, { username: "ada", password: PASSWORD, t: ticket.t }),
});

describe.each([
  ["JSON, plain", "json", plain],
  ["JSON, encrypted", "json", encrypted],
  ["form, plain", "form", plain],
  ["form, encrypted", "form", encrypted],
  ["multipart, plain", "multipart", plain],
] as const)("signing in by %s", (_name, as, credentials) => {
  it("get_t → login → me in four ways → refresh → logout; then every credential is dead", async () => {
    const ticket = await service.call("/api/auth/get_t");
    expect(ticket.body).toMatchObject({ expires_in: 120, captcha: { required: false } });
    const input = await credentials(ticket.body);
    const body = new FormData();
    for (const [name, value] of Object.entries(input)) body.set(name, value);
    const login = await service.call("/api/auth/login", as === "multipart" ? { body } : { [as]: input });
    expect(login.status).toBe(200);
    expect(login.body).toMatchObject({ token_type: "Bearer", expires_in: 300 });
    expect(login.headers.get("cache-control")).toBe("no-store");
    const first = login.body as unknown as Tokens;

    const meByAll = [
      service.call("/api/auth/me", { headers: bearer(first.access_token) }),
      service.call("/api/auth/me", { headers: { "access-token": first.access_token } }),
      service.call(`/api/auth/me?access-token=${first.access_token}`),
      service.call("/api/auth/me", { form: { "access-token": first.access_token } }),
    ];
    for (const answer of await Promise.all(meByAll)) {
      expect([answer.status, usernameIn(answer)]).toEqual([200, "ada"]);
      expect(answer.body.session).toMatchObject({
        id: first.session_id,
        method: "password",
        device: { bound: false },
      });
    }

    const refreshed = await refresh(service, first.refresh_token);
    expect(refreshed.status).toBe(200);
    const second = refreshed.body as unknown as Tokens;
    expect(second.session_id).toBe(first.session_id);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(second.access_token).not.toBe(first.access_token);
    // The old access token lives on until it expires; only the session's end takes it.
    expect((await me(service, first.access_token)).status).toBe(200);

    const logout = await service.call("/api/auth/logout", {
      method: "POST",
      headers: bearer(second.access_token),
    });
    expect(logout.status).toBe(204);
    const dead = await Promise.all([
      me(service, first.access_token),
      me(service, second.access_token),
      refresh(service, first.refresh_token),
      refresh(service, second.refresh_token),
    ]);
    expect(dead.map(({ status, body: told }) => `${status} ${told.error}`)).toEqual(
      Array(4).fill("401 session_revoked"),
    );
    const reused = await service.call("/api/auth/login", { json: input });
    expect([reused.status, reused.body.error]).toEqual([400, "invalid_ticket"]);
  });
});

describe("signing in again", () => {
  it("makes a session of a new id, and a new cookie (security bar 17)", async () => {
    const device = await newDevice();
    const one = await signInWithCookies(service, "ada", device);
    const two = await signInWithCookies(service, "ada", device);
    expect(two.tokens.session_id).not.toBe(one.tokens.session_id);
    expect(two.cookies.get(names.refresh)).not.toBe(one.cookies.get(names.refresh));
    expect(two.cookies.get(names.view)).not.toBe(one.cookies.get(names.view));
  });

  it("cannot be made to take a session id from outside", async () => {
    const { body } = await service.call("/api/auth/get_t");
    const wanted = "A".repeat(22);
    const login = await service.call(`/api/auth/login?session_id=${wanted}`, {
      headers: { cookie: `session_id=${wanted}; ${names.refresh}=${wanted}; ${names.view}=${wanted}` },
      json: { t: body.t, username: "ada", password: PASSWORD, session_id: wanted, sid: wanted },
    });
    expect(login.status).toBe(200);
    expect(login.body.session_id).not.toBe(wanted);
  });
});

describe("signing out", () => {
  const logout = (headers: Record<string, string>, json: Record<string, string> = {}) =>
    service.call("/api/auth/logout", { headers, json });

  it("works by the refresh token once the access token has expired, and twice", async () => {
    const tokens = await service.signIn("ada");
    const later = await service.another();
    try {
      service.clock.advance(301);
      const expired = await logout(bearer(tokens.access_token));
      expect([expired.status, expired.body.error]).toEqual([401, "token_expired"]);
      expect(
        (await logout(bearer(tokens.access_token), { refresh_token: tokens.refresh_token })).status,
      ).toBe(204);
      expect((await logout({}, { refresh_token: tokens.refresh_token })).status).toBe(204);
      expect(
        (await logout(bearer(tokens.access_token), { refresh_token: tokens.refresh_token })).status,
      ).toBe(204);
      expect((await refresh(service, tokens.refresh_token)).body.error).toBe("session_revoked");
      expect((await refresh(service, tokens.refresh_token, undefined, later)).body.error).toBe(
        "session_revoked",
      );
    } finally {
      await later.close();
    }
  });

  it("works by a superseded refresh token: a late tab may sign out what it held", async () => {
    const tokens = await service.signIn("ada");
    const next = (await refresh(service, tokens.refresh_token)).body as unknown as Tokens;
    expect((await logout({}, { refresh_token: tokens.refresh_token })).status).toBe(204);
    expect((await me(service, next.access_token)).body.error).toBe("session_revoked");
  });

  it("takes a credential: none, a forged one or another's key ends nothing", async () => {
    const device = await newDevice();
    const tokens = await service.signIn("ada", device);
    const proof = (by: typeof device) => proofHeader(by, "POST", "/api/auth/logout", service.clock);
    const { refresh_token } = tokens;
    const refusals = [
      await logout({}),
      await logout({}, { refresh_token: `${refresh_token.slice(0, -2)}AA` }),
      await logout({}, { refresh_token }),
      await logout(await proof(await newDevice()), { refresh_token }),
      await logout({ authorization: `Bearer ${tokens.access_token}` }),
    ];
    expect(refusals.map((answer) => `${answer.status} ${answer.body.error}`)).toEqual([
      "401 invalid_token",
      "401 invalid_token",
      "401 invalid_dpop_proof",
      "401 device_mismatch",
      "401 invalid_token",
    ]);
    expect(typeof refusals[2]?.body.server_time).toBe("number");
    expect((await me(service, tokens.access_token, device)).status).toBe(200);
    expect((await logout(await proof(device), { refresh_token })).status).toBe(204);
    expect((await me(service, tokens.access_token, device)).body.error).toBe("session_revoked");
  });

  it("ends one session and no other", async () => {
    const device = await newDevice();
    const [ended, other] = [await service.signIn("ada", device), await service.signIn("ada", device)];
    const headers = await boundHeaders(device, "POST", "/api/auth/logout", ended.access_token, service.clock);
    expect((await service.call("/api/auth/logout", { method: "POST", headers })).status).toBe(204);
    expect((await me(service, ended.access_token, device)).status).toBe(401);
    expect((await me(service, other.access_token, device)).status).toBe(200);
  });

  it("on the tRPC face too", async () => {
    const tokens = await service.signIn("ada");
    const answer = await service.call("/api/trpc/auth.logout", {
      headers: bearer(tokens.access_token),
      json: {},
    });
    expect(answer.status).toBe(200);
    const gone = await service.call("/api/trpc/auth.me", { headers: bearer(tokens.access_token) });
    expect([gone.status, reasonOf(gone)]).toEqual([401, "session_revoked"]);
  });
});
