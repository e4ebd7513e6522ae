import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { approveOnPhone, fetchOf } from "../../helpers/oauth";
import { APP_URL, startService, type TestService } from "../../helpers/service";
import { signedInPhone } from "../../helpers/steps/qr";

let service: TestService;
let secret: string;

beforeAll(async () => {
  service = await startService();
  await service.addUser("alice");
  secret = String(
    await service.container.clientAdministration.add({
      id: "printer",
      name: "Printer",
      kind: "confidential",
      requiresBinding: true,
      audience: null,
      grants: ["device_code", "refresh_token"],
    }),
  );
});
afterAll(() => service.close());

describe("oauth4webapi, as it comes", () => {
  it("goes through discovery, device grant with nonces, refresh, introspection and revocation", async () => {
    const options = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: fetchOf(service) } as const;
    const issuer = new URL(APP_URL);
    const discovered = await oauth.discoveryRequest(issuer, { ...options, algorithm: "oauth2" });
    const server = await oauth.processDiscoveryResponse(issuer, discovered);
    const client: oauth.Client = { client_id: "printer" };
    const authentication = oauth.ClientSecretPost(secret);
    const asked = await oauth.deviceAuthorizationRequest(
      server,
      client,
      authentication,
      new URLSearchParams(),
      options,
    );
    const device = await oauth.processDeviceAuthorizationResponse(server, client, asked);
    await approveOnPhone(service, await signedInPhone(service, "alice"), device);

    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
    const request = () =>
      oauth.deviceCodeGrantRequest(server, client, authentication, device.device_code, { ...options, DPoP });
    const grant = async () => oauth.processDeviceCodeResponse(server, client, await request());
    const tokens = await grant().catch((error: unknown) => {
      // The nonce has been noted; a client of this library asks again by itself.
      if (oauth.isDPoPNonceError(error)) return grant();
      throw error;
    });
    expect(tokens.token_type).toBe("dpop");

    const renewed = await oauth.processRefreshTokenResponse(
      server,
      client,
      await oauth.refreshTokenGrantRequest(server, client, authentication, String(tokens.refresh_token), {
        ...options,
        DPoP,
      }),
    );
    const introspect = async (token: string) =>
      oauth.processIntrospectionResponse(
        server,
        client,
        await oauth.introspectionRequest(server, client, authentication, token, options),
      );
    expect(await introspect(renewed.access_token)).toMatchObject({
      active: true,
      token_type: "DPoP",
      acr: "sfa",
      amr: ["qr"],
      auth_time: expect.any(Number),
    });
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(server, client, authentication, renewed.access_token, options),
    );
    expect(await introspect(renewed.access_token)).toEqual({ active: false });
  });
});
