import { createLocalJWKSet, decodeJwt, jwtVerify } from "jose";
import * as oauth from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createVerifier } from "../../../src/verify";
import { approveOnPhone, type ClientChoices, discover, fetchOf } from "../../helpers/oauth";
import { APP_URL, bearer, startService, type TestService } from "../../helpers/service";
import { type SignedInPhone, signedInPhone } from "../../helpers/steps/qr";

const AUDIENCE = "https://api.example.com";

let service: TestService;
let phone: SignedInPhone;

beforeAll(async () => {
  service = await startService();
  await service.addUser("olive");
  await service.addUser("alice");
  phone = await signedInPhone(service, "alice");
});
afterAll(() => service.close());

/** Signs alice in to a client that was just registered. */
async function signInTo(id: string, scope: string | undefined, choices: ClientChoices = {}) {
  const config = await discover(service, id, choices);
  const device = await oauth.initiateDeviceAuthorization(config, scope === undefined ? {} : { scope });
  const scanned = await approveOnPhone(service, phone, device);
  const tokens = await oauth.pollDeviceAuthorizationGrant(config, device);
  return { config, tokens, shown: scanned.body.request as Record<string, unknown> };
}

const refreshOf = (tokens: oauth.TokenEndpointResponse) => String(tokens.refresh_token);
const rolesIn = (token: string) => decodeJwt(token).roles;
const rolesAtMe = async (token: string) =>
  ((await service.call("/api/auth/me", { headers: bearer(token) })).body.user as { roles: string[] }).roles;

const setRoles = (roles: ("owner" | "admin" | "user")[]) =>
  service.container.accountAdministration.setRoles("alice", roles, "may_go");

describe("a registered client that asks for the scope roles", () => {
  it("is told them in its token and at me, after the phone has said so; the token still opens me alone", async () => {
    const { tokens, shown } = await signInTo("asking", "me roles");
    expect(shown).toMatchObject({ client: { id: "asking" }, scope: ["roles"] });
    expect(tokens.scope).toBe("me roles");
    const { roles, scope } = decodeJwt(tokens.access_token);
    // What opens something stays apart from what tells something: nobody takes this token for more than one for me.
    expect({ roles, scope }).toEqual({ roles: ["user"], scope: "me" });
    expect(await rolesAtMe(tokens.access_token)).toEqual(["user"]);
    const verifier = createVerifier({
      issuer: APP_URL,
      audience: APP_URL,
      origin: AUDIENCE,
      fetch: (url, init) => fetchOf(service)(String(url), init as never),
    });
    const authorization = `Bearer ${tokens.access_token}`;
    await expect(
      verifier.verify({ method: "GET", path: "/", authorization, proof: null }),
    ).rejects.toMatchObject({
      code: "invalid_token",
      mismatch: { what: "scope" },
    });
  });

  it("hands them to its service, which knows nothing of us but the published keys", async () => {
    const { tokens } = await signInTo("reports", "roles", { audience: AUDIENCE });
    const keys = await service.call("/.well-known/jwks.json");
    const { payload } = await jwtVerify(tokens.access_token, createLocalJWKSet(keys.body as never), {
      ...{ issuer: APP_URL, audience: AUDIENCE, typ: "at+jwt" },
    });
    expect([payload.roles, payload.scope, tokens.scope]).toEqual([["user"], undefined, "roles"]);
  });

  it("is told today's roles: at me and by introspection at once, in a token with its next renewal", async () => {
    const { config, tokens } = await signInTo("following", "roles", { kind: "confidential" });
    await setRoles(["admin", "user"]);
    expect(await rolesAtMe(tokens.access_token)).toEqual(["admin", "user"]);
    expect(await oauth.tokenIntrospection(config, tokens.access_token)).toMatchObject({
      roles: ["admin", "user"],
    });
    const raised = await oauth.refreshTokenGrant(config, refreshOf(tokens));
    expect(rolesIn(raised.access_token)).toEqual(["admin", "user"]);
    await setRoles(["user"]);
    expect(rolesIn(raised.access_token)).toEqual(["admin", "user"]);
    expect(await oauth.tokenIntrospection(config, raised.access_token)).toMatchObject({ roles: ["user"] });
    expect(await rolesAtMe(raised.access_token)).toEqual(["user"]);
    const lowered = await oauth.refreshTokenGrant(config, refreshOf(raised));
    expect([rolesIn(lowered.access_token), lowered.scope]).toEqual([["user"], "me roles"]);
  });

  it("may renew with less, for one token, and has all of it with the next one", async () => {
    const { config, tokens } = await signInTo("modest", "roles", { kind: "confidential" });
    const less = await oauth.refreshTokenGrant(config, refreshOf(tokens), { scope: "me" });
    expect([rolesIn(less.access_token), less.scope]).toEqual([undefined, "me"]);
    expect((await oauth.tokenIntrospection(config, less.access_token)).roles).toBeUndefined();
    const whole = await oauth.refreshTokenGrant(config, refreshOf(less), { scope: "roles" });
    expect([rolesIn(whole.access_token), whole.scope]).toEqual([["user"], "me roles"]);
  });

  it("is named with its scope in the audit trail", async () => {
    await signInTo("trailed", "roles");
    const rows = await service.container.audit.list({
      since: new Date(0),
      limit: 1000,
      types: ["signed_in"],
    });
    expect(rows.find(({ detail }) => detail.client === "trailed")?.detail.scope).toBe("roles");
  });
});

describe("a registered client that does not ask for it", () => {
  it("is told no roles: not in its token, not at me, not by introspection, and the phone names none", async () => {
    const { config, tokens, shown } = await signInTo("quiet", undefined, { kind: "confidential" });
    expect(shown.scope).toEqual([]);
    expect(decodeJwt(tokens.access_token)).not.toHaveProperty("roles");
    expect(await rolesAtMe(tokens.access_token)).toEqual([]);
    for (const token of [tokens.access_token, refreshOf(tokens)]) {
      const seen = await oauth.tokenIntrospection(config, token);
      expect([seen.active, seen.roles]).toEqual([true, undefined]);
    }
  });

  it("cannot widen its scope when it renews, and has not used its token up with the try", async () => {
    const { config, tokens } = await signInTo("greedy", "me");
    for (const scope of ["roles", "me roles", "roles roles", "openid roles"]) {
      await expect(oauth.refreshTokenGrant(config, refreshOf(tokens), { scope })).rejects.toMatchObject({
        error: "invalid_scope",
        status: 400,
      });
    }
    // Letters are what they are (RFC 6749 section 3.3): this is a scope that there is not.
    const other = await oauth.refreshTokenGrant(config, refreshOf(tokens), { scope: "ROLES" });
    expect([rolesIn(other.access_token), other.scope]).toEqual([undefined, "me"]);
  });

  it("learns nothing of another client's session by asking for its roles with a stolen refresh token", async () => {
    const victim = await signInTo("victim", "me");
    const thief = await discover(service, "thief");
    for (const scope of ["roles", "me"]) {
      await expect(oauth.refreshTokenGrant(thief, refreshOf(victim.tokens), { scope })).rejects.toMatchObject(
        { error: "invalid_grant" },
      );
    }
    expect((await oauth.refreshTokenGrant(victim.config, refreshOf(victim.tokens))).scope).toBe("me");
  });
});

it("the scope roles is in the metadata", async () => {
  const { body } = await service.call("/.well-known/oauth-authorization-server");
  expect(body.scopes_supported).toEqual(["me", "roles"]);
});

it("our own pages are told the roles without asking", async () => {
  const { access_token } = await service.signIn("olive");
  expect(rolesIn(access_token)).toEqual(["owner"]);
  expect(await rolesAtMe(access_token)).toEqual(["owner"]);
});
