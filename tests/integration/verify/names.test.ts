/** A service writes "Ada did this" by the token alone, for the clients that the operator has named. */
import { decodeJwt } from "jose";
import * as oauth from "openid-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createVerifier } from "../../../src/verify";
import { type ListeningService, listen } from "../../helpers/listen";
import { approveOnPhone, discover } from "../../helpers/oauth";
import { APP_URL, bearer, startService, type TestService } from "../../helpers/service";
import { signedInPhone } from "../../helpers/steps/qr";
import { refresh } from "../../helpers/wire";

const API = "https://api.example.com";

let service: TestService;
let server: ListeningService | undefined;

afterEach(async () => {
  server?.close();
  server = undefined;
  await service.close();
});

async function start(names?: string): Promise<void> {
  service = await startService(names === undefined ? {} : { NAMES_IN_TOKENS: names });
  await service.container.accounts.create({
    ...{ username: "ada", displayName: "Ada Lovelace", password: "velvet quarry lamp seventeen" },
  });
}

const namesIn = (token: string) => {
  const { preferred_username, name } = decodeJwt(token);
  return { preferred_username, name };
};

async function tokenOfClient(id: string): Promise<oauth.TokenEndpointResponse> {
  const phone = await signedInPhone(service, "ada");
  const config = await discover(service, id, { audience: API });
  const device = await oauth.initiateDeviceAuthorization(config, {});
  await approveOnPhone(service, phone, device);
  return oauth.pollDeviceAuthorizationGrant(config, { ...device, interval: 0.01 });
}

/** Who calls, for a service that lets the audience in. */
async function callerOf(token: string, audience: string) {
  server ??= await listen(service);
  const { origin } = server;
  const verifier = createVerifier({
    ...{ issuer: APP_URL, audience, origin: API },
    fetch: (url: string, init?: RequestInit) => fetch(url.replace(APP_URL, origin), init),
  });
  return verifier.verify({ method: "GET", path: "/", authorization: `Bearer ${token}`, proof: null });
}

describe("without NAMES_IN_TOKENS", () => {
  beforeEach(() => start());

  it("no token says what its user is called, and a verifier hands over null", async () => {
    const own = (await service.signIn("ada")).access_token;
    const { access_token } = await tokenOfClient("reports");
    for (const token of [own, access_token]) {
      expect(namesIn(token)).toEqual({ preferred_username: undefined, name: undefined });
    }
    expect(await callerOf(access_token, API)).toMatchObject({ username: null, displayName: null });
  });
});

describe("with NAMES_IN_TOKENS", () => {
  it("the tokens of a named client have both names, a verifier hands them over, and other clients' have none", async () => {
    await start("reports");
    const { access_token } = await tokenOfClient("reports");
    expect(namesIn(access_token)).toEqual({ preferred_username: "ada", name: "Ada Lovelace" });
    expect(await callerOf(access_token, API)).toMatchObject({ username: "ada", displayName: "Ada Lovelace" });
    const others = [(await tokenOfClient("tv")).access_token, (await service.signIn("ada")).access_token];
    for (const token of others)
      expect(namesIn(token)).toEqual({ preferred_username: undefined, name: undefined });
  });

  it("our own tokens have them where countersign is named, and a changed name is in the next token", async () => {
    await start("tv, countersign");
    const tokens = await service.signIn("ada");
    expect(await callerOf(tokens.access_token, APP_URL)).toMatchObject({
      ...{ username: "ada", displayName: "Ada Lovelace" },
    });
    const renamed = await service.call("/api/auth/me", {
      ...{
        method: "PATCH",
        headers: bearer(tokens.access_token),
        json: { display_name: "Countess Lovelace" },
      },
    });
    expect(renamed.status).toBe(200);
    const next = (await refresh(service, tokens.refresh_token)).body;
    expect(namesIn(String(next.access_token))).toEqual({
      ...{ preferred_username: "ada", name: "Countess Lovelace" },
    });
    await service.container.accountAdministration.rename("ada", "ada.l");
    const last = (await refresh(service, String(next.refresh_token))).body;
    expect(namesIn(String(last.access_token)).preferred_username).toBe("ada.l");
  });
});
