import { setTimeout } from "node:timers/promises";
import * as oauth from "openid-client";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { approveOnPhone, discover } from "../../helpers/oauth";
import { bearer, randomText, startService, type TestService } from "../../helpers/service";
import { byPhone, type SignedInPhone, signedInPhone } from "../../helpers/steps/qr";

let service: TestService;
let phone: SignedInPhone;

beforeAll(async () => {
  service = await startService();
  await service.addUser("alice");
  phone = await signedInPhone(service, "alice");
});
afterAll(() => service.close());

const DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code";

const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
});

const redeem = (config: oauth.Configuration, device_code: string, DPoP?: oauth.DPoPHandle) =>
  oauth.genericGrantRequest(config, DEVICE_CODE, { device_code }, DPoP ? { DPoP } : {});

function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

describe("parameters without a value", () => {
  it("count as left out (RFC 6749 section 3.2)", async () => {
    await discover(service, "terse");
    const secret = await service.container.clientAdministration.add({
      id: "terse-vault",
      name: "Vault",
      kind: "confidential",
      requiresBinding: false,
      audience: null,
      grants: ["device_code"],
    });
    const ask = (form: Record<string, string>, headers: Record<string, string> = {}) =>
      service.call("/oauth/device_authorization", { form, headers });
    expect((await ask({ client_id: "terse", client_secret: "", scope: "" })).status).toBe(200);
    expect((await ask({ scope: "me" }, basic("terse", ""))).status).toBe(200);
    expect((await ask({ client_id: "" }, basic("terse-vault", String(secret)))).status).toBe(200);
    for (const answer of [
      await ask({ client_id: "terse-vault", client_secret: "" }),
      await ask({ scope: "me" }, basic("terse-vault", "")),
      await ask({ client_id: "" }),
    ]) {
      expect(answer).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    }
  });
});

describe("a token or code that nobody has had from here", () => {
  // As long as the form allows: other issuers' tokens can be.
  const strange = ["x", "a.b.c", "%", "é", "\u0000", "__proto__", "x".repeat(5_000), "x".repeat(60_000)];
  const asked = async () => {
    const id = `asker-${randomText()}`;
    const secret = await service.container.clientAdministration.add({
      id,
      name: "Asker",
      kind: "confidential",
      requiresBinding: false,
      audience: null,
      grants: ["device_code", "refresh_token"],
    });
    return (path: string, form: Record<string, string>) =>
      service.call(path, { form, headers: basic(id, String(secret)) });
  };

  it("is answered as inactive, whatever it is (RFC 7662 section 2.2)", async () => {
    const ask = await asked();
    for (const token of strange)
      expect(await ask("/oauth/introspect", { token })).toMatchObject({
        status: 200,
        body: { active: false },
      });
  });

  it("is revoked without an error, whatever the hint says of it (RFC 7009 section 2.2)", async () => {
    const ask = await asked();
    for (const token of strange) {
      for (const hint of ["access_token", "refresh_token", "nonsense"])
        expect((await ask("/oauth/revoke", { token, token_type_hint: hint })).status).toBe(200);
    }
  });

  it("gets no tokens: invalid_grant (RFC 6749 section 5.2)", async () => {
    const ask = await asked();
    for (const token of strange) {
      const refreshed = await ask("/oauth/token", { grant_type: "refresh_token", refresh_token: token });
      const redeemed = await ask("/oauth/token", { grant_type: DEVICE_CODE, device_code: token });
      for (const answer of [refreshed, redeemed])
        expect(answer).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    }
  });

  it("leaves the errors for what is left out as they are", async () => {
    const ask = await asked();
    for (const path of ["/oauth/introspect", "/oauth/revoke"])
      expect(await ask(path, {})).toMatchObject({ status: 400, body: { error: "invalid_request" } });
  });
});

describe("introspection of a refresh token", () => {
  it("knows a superseded one as dead, and until when the other lives", async () => {
    const config = await discover(service, "renewing", { kind: "confidential" });
    const device = await oauth.initiateDeviceAuthorization(config, {});
    await approveOnPhone(service, phone, device);
    const first = await redeem(config, device.device_code);
    const before = Math.floor(Date.now() / 1000);
    const second = await oauth.refreshTokenGrant(config, String(first.refresh_token));
    const after = Math.ceil(Date.now() / 1000);
    expect(await oauth.tokenIntrospection(config, String(first.refresh_token))).toEqual({ active: false });
    const live = await oauth.tokenIntrospection(config, String(second.refresh_token));
    const lifeInSeconds = Number(second.refresh_token_expires_in);
    expect(live.active).toBe(true);
    expect(Number(live.exp)).toBeGreaterThanOrEqual(before + lifeInSeconds);
    expect(Number(live.exp)).toBeLessThanOrEqual(after + lifeInSeconds);
  });
});

describe("a key that is pinned while a request without one is on its way", () => {
  it("leaves that request with nothing", async () => {
    const config = await discover(service.first, "raced");
    const device = await oauth.initiateDeviceAuthorization(config, {});
    await approveOnPhone(service, phone, device);
    const DPoP = oauth.getDPoPHandle(config, await oauth.randomDPoPKeyPair("ES256"));
    const { accounts } = service.container;
    const find = accounts.find.bind(accounts);
    const [arrived, released] = [[gate(), gate()], gate()];
    let count = 0;
    // Both have read the approved row; the one without a proof goes on first.
    const spy = vi.spyOn(accounts, "find").mockImplementation(async (id) => {
      const place = count++;
      arrived[place]?.open();
      if (place === 0) await arrived[1]?.opened;
      if (place === 1) await released.opened;
      return find(id);
    });
    const bare = redeem(config, device.device_code).finally(() => released.open());
    await arrived[0]?.opened;
    const bound = redeem(config, device.device_code, DPoP);
    await expect(bare).rejects.toMatchObject({ error: "invalid_dpop_proof" });
    expect(await bound).toMatchObject({ token_type: "dpop" });
    spy.mockRestore();
  });
});

describe("a client that is removed by another process while it redeems", () => {
  it("gets no tokens, and leaves no session", async () => {
    const config = await discover(service.first, "removed");
    const device = await oauth.initiateDeviceAuthorization(config, {});
    await approveOnPhone(service, phone, device);
    const other = await service.another();
    const { accounts } = service.container;
    const find = accounts.find.bind(accounts);
    const spy = vi.spyOn(accounts, "find").mockImplementationOnce(async (id) => {
      await other.container.clientAdministration.remove("removed");
      return find(id);
    });
    await expect(redeem(config, device.device_code)).rejects.toMatchObject({ error: "access_denied" });
    spy.mockRestore();
    await other.close();
    const { body } = await byPhone(service, phone, "/api/auth/sessions");
    const clients = (body.sessions as { client_id: string }[]).map((session) => session.client_id);
    expect(clients).not.toContain("removed");
  });
});

describe("a code from before the client was removed", () => {
  it("is not the code of the next client of that id", async () => {
    const config = await discover(service, "twice");
    const device = await oauth.initiateDeviceAuthorization(config, {});
    await approveOnPhone(service, phone, device);
    await service.container.clientAdministration.remove("twice");
    await setTimeout(5);
    const next = await discover(service, "twice");
    await expect(redeem(next, device.device_code)).rejects.toMatchObject({ error: "access_denied" });
    const own = await oauth.initiateDeviceAuthorization(next, {});
    await approveOnPhone(service, phone, own);
    expect(await redeem(next, own.device_code)).toMatchObject({ access_token: expect.any(String) });
  });
});

describe("a removal that was interrupted", () => {
  it("is finished by doing it again; our own client is not one to remove", async () => {
    const config = await discover(service, "halfway");
    const device = await oauth.initiateDeviceAuthorization(config, {});
    await approveOnPhone(service, phone, device);
    const { access_token } = await redeem(config, device.device_code);
    const { clientAdministration, sessions } = service.container;
    const spy = vi.spyOn(sessions, "endAllOfClient").mockRejectedValueOnce(new Error("killed"));
    await expect(clientAdministration.remove("halfway")).rejects.toThrow("killed");
    spy.mockRestore();
    expect(await clientAdministration.remove("halfway")).toBe(1);
    expect((await service.call("/api/auth/me", { headers: bearer(access_token) })).status).toBe(401);
    for (const id of ["halfway", "never-was", "countersign"])
      await expect(clientAdministration.remove(id)).rejects.toMatchObject({ code: "not_found" });
    expect((await byPhone(service, phone, "/api/auth/me")).status).toBe(200);
  });
});

describe("a registered client's access token", () => {
  it("signs nobody out: there is revocation for that", async () => {
    const config = await discover(service, "leaver");
    const device = await oauth.initiateDeviceAuthorization(config, {});
    await approveOnPhone(service, phone, device);
    const { access_token } = await redeem(config, device.device_code);
    const headers = bearer(access_token);
    expect(await service.call("/api/auth/logout", { headers, json: {} })).toMatchObject({
      status: 403,
      body: { error: "forbidden" },
    });
    expect((await service.call("/api/auth/me", { headers })).status).toBe(200);
  });
});

describe("a registered client's access token at a reverse proxy", () => {
  it("lets nobody in, by a 401, which proxies take for a refusal", async () => {
    const config = await discover(service, "passer");
    const device = await oauth.initiateDeviceAuthorization(config, {});
    await approveOnPhone(service, phone, device);
    const { access_token } = await redeem(config, device.device_code);
    const answer = await service.call("/api/auth/verify", { headers: bearer(access_token) });
    expect(answer).toMatchObject({ status: 401, body: { error: "invalid_token" } });
    expect(answer.headers.get("remote-user")).toBeNull();
  });
});

describe("a browser", () => {
  it("gets no bearer tokens for a device code either", async () => {
    const config = await discover(service, "page");
    const device = await oauth.initiateDeviceAuthorization(config, {});
    await approveOnPhone(service, phone, device);
    const answer = await service.call("/oauth/token", {
      form: { client_id: "page", grant_type: DEVICE_CODE, device_code: device.device_code },
      headers: { "sec-fetch-site": "same-origin" },
    });
    expect(answer).toMatchObject({ status: 400, body: { error: "invalid_dpop_proof" } });
  });
});
