import { createLocalJWKSet, jwtVerify } from "jose";
import * as oauth from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { approveOnPhone, discover, fetchOf } from "../../helpers/oauth";
import { APP_URL, bearer, startService, type TestService } from "../../helpers/service";
import { byPhone, type SignedInPhone, signedInPhone } from "../../helpers/steps/qr";

let service: TestService;
let phone: SignedInPhone;

beforeAll(async () => {
  service = await startService();
  await service.addUser("alice");
  phone = await signedInPhone(service, "alice");
});
afterAll(() => service.close());

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("openid-client, as it comes", () => {
  it("polls through pending to tokens bound to its key, calls, refreshes and revokes", async () => {
    const config = await discover(service, "cli");
    const device = await oauth.initiateDeviceAuthorization(config, { scope: "me" });
    expect(device).toMatchObject({ verification_uri: `${APP_URL}/scan`, interval: 1 });
    const DPoP = oauth.getDPoPHandle(config, await oauth.randomDPoPKeyPair("ES256"));
    const polling = oauth.pollDeviceAuthorizationGrant(config, device, undefined, { DPoP });
    await wait(1_500);
    const shown = await approveOnPhone(service, phone, device);
    expect(shown.body.request).toMatchObject({ client: { id: "cli", name: "The cli" } });
    const tokens = await polling;
    expect(tokens).toMatchObject({ token_type: "dpop", scope: "me" });

    const me = await oauth.fetchProtectedResource(
      config,
      tokens.access_token,
      new URL(`${APP_URL}/api/auth/me`),
      "GET",
      undefined,
      undefined,
      { DPoP },
    );
    expect(await me.json()).toMatchObject({
      user: { username: "alice" },
      session: { method: "device_code" },
    });

    const renewed = await oauth.refreshTokenGrant(config, String(tokens.refresh_token), undefined, { DPoP });
    expect(renewed.access_token).not.toBe(tokens.access_token);
    await oauth.tokenRevocation(config, String(renewed.refresh_token));
    await expect(
      oauth.refreshTokenGrant(config, String(renewed.refresh_token), undefined, { DPoP }),
    ).rejects.toMatchObject({ error: "invalid_grant", status: 400 });
    // Revoking again, or something that never was, succeeds.
    await oauth.tokenRevocation(config, String(renewed.refresh_token));
    await oauth.tokenRevocation(config, "never-was");
  });

  it("gets slow_down, goes on more slowly, and still gets its tokens", async () => {
    const config = await discover(service, "hasty");
    const device = await oauth.initiateDeviceAuthorization(config, {});
    const ask = () =>
      oauth.genericGrantRequest(config, "urn:ietf:params:oauth:grant-type:device_code", {
        device_code: device.device_code,
      });
    await expect(ask()).rejects.toMatchObject({ error: "authorization_pending" });
    await expect(ask()).rejects.toMatchObject({ error: "slow_down" });
    await approveOnPhone(service, phone, device);
    // An approved request is not made to wait.
    expect(await ask()).toMatchObject({ token_type: "bearer" });
    await expect(ask()).rejects.toMatchObject({ error: "invalid_grant" });
  });

  it("hears of a refusal", async () => {
    const config = await discover(service, "unlucky");
    const device = await oauth.initiateDeviceAuthorization(config, {});
    const scanned = await byPhone(service, phone, "/api/auth/qr/scan", {
      user_code: device.user_code.toLowerCase(),
    });
    expect((await byPhone(service, phone, "/api/auth/qr/deny", { ticket: scanned.body.ticket })).status).toBe(
      204,
    );
    await expect(oauth.pollDeviceAuthorizationGrant(config, device)).rejects.toMatchObject({
      error: "access_denied",
    });
  });

  it("introspects as a confidential client: live tokens whole, dead ones bare", async () => {
    const cli = await discover(service, "seen");
    const config = await discover(service, "resource-server", { kind: "confidential", audience: APP_URL });
    const device = await oauth.initiateDeviceAuthorization(cli, {});
    await approveOnPhone(service, phone, device);
    const tokens = await oauth.pollDeviceAuthorizationGrant(cli, device);
    expect(await oauth.tokenIntrospection(config, tokens.access_token)).toMatchObject({
      active: true,
      client_id: "seen",
      username: "alice",
      aud: APP_URL,
    });
    // A refresh token is its own client's business alone.
    expect(await oauth.tokenIntrospection(config, String(tokens.refresh_token))).toEqual({ active: false });
    await oauth.tokenRevocation(cli, tokens.access_token);
    for (const token of [tokens.access_token, String(tokens.refresh_token), "never-was"]) {
      expect(await oauth.tokenIntrospection(config, token)).toEqual({ active: false });
    }
    await expect(oauth.tokenIntrospection(cli, tokens.access_token)).rejects.toMatchObject({ status: 401 });
  });
});

describe("what a registered client may do", () => {
  it("opens me and nothing else, and its refresh token serves only itself", async () => {
    const config = await discover(service, "narrow");
    const other = await discover(service, "other");
    const device = await oauth.initiateDeviceAuthorization(config, {});
    await approveOnPhone(service, phone, device);
    const tokens = await oauth.pollDeviceAuthorizationGrant(config, device);
    const headers = bearer(tokens.access_token);
    expect((await service.call("/api/auth/me", { headers })).status).toBe(200);
    for (const path of ["/api/auth/sessions", "/api/auth/notices"]) {
      expect((await service.call(path, { headers })).status, path).toBe(403);
    }
    const refreshToken = String(tokens.refresh_token);
    await expect(oauth.refreshTokenGrant(other, refreshToken)).rejects.toMatchObject({
      error: "invalid_grant",
    });
    const firstParty = await service.call("/api/auth/refresh-token", {
      json: { refresh_token: refreshToken },
    });
    expect(firstParty).toMatchObject({ status: 401, body: { error: "invalid_token" } });
    const logout = await service.call("/api/auth/logout", { json: { refresh_token: refreshToken } });
    expect(logout.status).toBe(401);
    await expect(oauth.tokenRevocation(other, refreshToken)).rejects.toMatchObject({
      error: "invalid_grant",
    });
    expect((await oauth.refreshTokenGrant(config, refreshToken)).access_token).toBeTruthy();
  });

  it("has tokens for the audience it named, which open nothing here", async () => {
    const config = await discover(service, "named", { audience: "https://api.example.com" });
    const device = await oauth.initiateDeviceAuthorization(config, {});
    await approveOnPhone(service, phone, device);
    const { access_token } = await oauth.pollDeviceAuthorizationGrant(config, device);
    const keys = await service.call("/.well-known/jwks.json");
    const { payload } = await jwtVerify(access_token, createLocalJWKSet(keys.body as never), {
      issuer: APP_URL,
      audience: "https://api.example.com",
      typ: "at+jwt",
    });
    expect([payload.client_id, payload.scope]).toEqual(["named", undefined]);
    expect((await service.call("/api/auth/me", { headers: bearer(access_token) })).status).toBe(401);
  });

  it("gets nothing without a proof when binding is asked of it", async () => {
    const config = await discover(service, "strict", { requiresBinding: true });
    const device = await oauth.initiateDeviceAuthorization(config, {});
    await approveOnPhone(service, phone, device);
    await expect(oauth.pollDeviceAuthorizationGrant(config, device)).rejects.toMatchObject({
      error: "invalid_dpop_proof",
      status: 400,
    });
  });

  it("is pinned to the first key that it proves", async () => {
    const config = await discover(service, "pinned");
    const device = await oauth.initiateDeviceAuthorization(config, {});
    const first = oauth.getDPoPHandle(config, await oauth.randomDPoPKeyPair("ES256"));
    const second = oauth.getDPoPHandle(config, await oauth.randomDPoPKeyPair("ES256"));
    const ask = (DPoP: oauth.DPoPHandle) =>
      oauth.genericGrantRequest(
        config,
        "urn:ietf:params:oauth:grant-type:device_code",
        { device_code: device.device_code },
        { DPoP },
      );
    await expect(ask(first)).rejects.toMatchObject({ error: "authorization_pending" });
    await approveOnPhone(service, phone, device);
    await expect(ask(second)).rejects.toMatchObject({ error: "invalid_grant" });
    expect(await ask(first)).toMatchObject({ token_type: "dpop" });
  });

  it("ends with its removal: no refresh, no new request, sessions over", async () => {
    const config = await discover(service, "leaving");
    const device = await oauth.initiateDeviceAuthorization(config, {});
    await approveOnPhone(service, phone, device);
    const tokens = await oauth.pollDeviceAuthorizationGrant(config, device);
    await service.container.clientAdministration.remove("leaving");
    const me = await service.call("/api/auth/me", { headers: bearer(tokens.access_token) });
    expect(me).toMatchObject({ status: 401, body: { error: "session_revoked" } });
    await expect(oauth.initiateDeviceAuthorization(config, {})).rejects.toMatchObject({ status: 401 });
  });
});

describe("an OAuth device on another network", () => {
  it("is approved only after its code was typed at the phone", async () => {
    const config = await discover(service, "far");
    const device = await oauth.initiateDeviceAuthorization(config, {});
    const qrId = new URL(String(device.verification_uri_complete)).pathname.split("/").at(-1);
    const scanned = await byPhone(service, phone, "/api/auth/qr/scan", { qr_id: qrId });
    expect(scanned.body).toMatchObject({ confirmation: "code" });
    expect(scanned.body.code).toBeUndefined();
    const confirm = () => byPhone(service, phone, "/api/auth/qr/confirm", { ticket: scanned.body.ticket });
    expect(await confirm()).toMatchObject({ status: 409, body: { error: "code_required" } });
    const typed = await byPhone(service, phone, "/api/auth/qr/scan", { user_code: device.user_code });
    expect(typed.body.ticket).toBe(scanned.body.ticket);
    expect((await confirm()).status).toBe(204);
  });
});

describe("the endpoints themselves", () => {
  const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    service.call(path, { form, headers });

  it("publish what they are (RFC 8414)", async () => {
    const { body } = await service.call("/.well-known/oauth-authorization-server");
    expect(body).toMatchObject({ issuer: APP_URL, token_endpoint: `${APP_URL}/oauth/token` });
  });

  it.each([
    ["no client", {}, 401, "invalid_client"],
    ["an unknown client", { client_id: "nobody" }, 401, "invalid_client"],
    ["our own client", { client_id: "countersign" }, 401, "invalid_client"],
    ["a scope that is none", { client_id: "asked", scope: 'a"b' }, 400, "invalid_scope"],
  ] as const)("refuse a device authorization with %s", async (_, form, status, error) => {
    await discover(service, "asked").catch(() => undefined);
    expect(await post("/oauth/device_authorization", form)).toMatchObject({ status, body: { error } });
  });

  it("want a secret from whom has one, once, and only from them", async () => {
    const secret = await service.container.clientAdministration.add({
      id: "vault",
      name: "Vault",
      kind: "confidential",
      requiresBinding: false,
      audience: null,
      grants: ["device_code"],
    });
    await discover(service, "plain");
    const basic = (id: string, text: string) => ({
      authorization: `Basic ${Buffer.from(`${id}:${text}`).toString("base64")}`,
    });
    const ask = (form: Record<string, string>, headers = {}) =>
      post("/oauth/device_authorization", form, headers);
    expect((await ask({}, basic("vault", String(secret)))).status).toBe(200);
    expect((await ask({ client_id: "vault", client_secret: String(secret) })).status).toBe(200);
    const wrong = await ask({}, basic("vault", "wrong"));
    expect(wrong.status).toBe(401);
    expect(wrong.headers.get("www-authenticate")).toMatch(/^Basic /);
    expect((await ask({ client_id: "vault" })).body.error).toBe("invalid_client");
    expect((await ask({ client_id: "plain", client_secret: "x" })).body.error).toBe("invalid_client");
    const twice = await ask(
      { client_id: "vault", client_secret: String(secret) },
      basic("vault", String(secret)),
    );
    expect(twice.body.error).toBe("invalid_request");
    expect(service.log()).not.toContain(String(secret));
  });

  it("ask for a nonce where there is a proof, and name it also in answers that succeed", async () => {
    const config = await discover(service, "nonced");
    const DPoP = oauth.getDPoPHandle(config, await oauth.randomDPoPKeyPair("ES256"));
    const seen: { status: number; nonce: string | null; error: unknown }[] = [];
    const inner = fetchOf(service);
    config[oauth.customFetch] = async (url, options) => {
      const response = await inner(url, options);
      const body = (await response.clone().json()) as { error?: unknown };
      seen.push({ status: response.status, nonce: response.headers.get("dpop-nonce"), error: body.error });
      return response;
    };
    const device = await oauth.initiateDeviceAuthorization(config, {});
    seen.length = 0;
    const grant = "urn:ietf:params:oauth:grant-type:device_code";
    await expect(
      oauth.genericGrantRequest(config, grant, { device_code: device.device_code }, { DPoP }),
    ).rejects.toMatchObject({ error: "authorization_pending" });
    expect(seen[0]).toMatchObject({ status: 400, error: "use_dpop_nonce" });
    expect(seen[1]).toMatchObject({ status: 400, error: "authorization_pending" });
    expect(seen[0]?.nonce).toBeTruthy();
    expect(seen[1]?.nonce).toBeTruthy();
  });

  it("offer no other grants", async () => {
    await discover(service, "granted", { grants: ["device_code"] });
    const ask = (grant_type: string) =>
      post("/oauth/token", { client_id: "granted", grant_type, refresh_token: "x" });
    expect((await ask("password")).body.error).toBe("unsupported_grant_type");
    expect((await ask("refresh_token")).body.error).toBe("unauthorized_client");
  });
});
