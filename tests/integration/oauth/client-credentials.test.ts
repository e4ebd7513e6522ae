import { setTimeout as sleep } from "node:timers/promises";
import { decodeJwt, exportJWK } from "jose";
import * as oauth from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServiceClient, type ServiceClientOptions, TokenRequestError } from "../../../src/client/node";
import { readClientKeys } from "../../../src/modules/clients";
import { createVerifier, type VerifiedCaller, type Verifier, verifyRequest } from "../../../src/verify";
import { fetchOf } from "../../helpers/oauth";
import { APP_URL, startService, type TestService } from "../../helpers/service";

const API = "https://api.example.com";

let service: TestService;

beforeAll(async () => {
  service = await startService({ ACCESS_TOKEN_LIFETIME: "300" });
  // A verifier accepts no proof in the second in which its process began.
  await sleep(Math.max(0, 1000 - performance.now()));
});
afterAll(() => service.close());

interface Registration {
  readonly publicKey?: CryptoKey;
  readonly kid?: string;
  readonly requiresBinding?: boolean;
}

async function register(id: string, { publicKey, kid, requiresBinding = false }: Registration = {}) {
  const jwk = publicKey && { ...(await exportJWK(publicKey)), ...(kid ? { kid } : {}) };
  return service.container.clientAdministration.add({
    id,
    name: `The ${id}`,
    kind: "confidential",
    requiresBinding,
    audience: API,
    grants: ["client_credentials"],
    scopes: ["reports:read", "reports:write"],
    ...(jwk ? { jwks: readClientKeys(jwk) } : {}),
  });
}

function discover(id: string, authentication: oauth.ClientAuth): Promise<oauth.Configuration> {
  return oauth.discovery(new URL(APP_URL), id, undefined, authentication, {
    algorithm: "oauth2",
    execute: [oauth.allowInsecureRequests],
    [oauth.customFetch]: fetchOf(service),
  });
}

const kinds: readonly [name: string, ready: (id: string) => Promise<oauth.Configuration>][] = [
  ["client_secret_basic", async (id) => discover(id, oauth.ClientSecretBasic(String(await register(id))))],
  ["client_secret_post", async (id) => discover(id, oauth.ClientSecretPost(String(await register(id))))],
  [
    "private_key_jwt",
    async (id) => {
      const pair = await oauth.randomDPoPKeyPair("ES256", { extractable: true });
      await register(id, { publicKey: pair.publicKey });
      return discover(id, oauth.PrivateKeyJwt(pair.privateKey));
    },
  ],
  [
    "private_key_jwt with the name of the key",
    async (id) => {
      const pair = await oauth.randomDPoPKeyPair("ES256", { extractable: true });
      await register(id, { publicKey: pair.publicKey, kid: "2026" });
      return discover(id, oauth.PrivateKeyJwt({ key: pair.privateKey, kid: "2026" }));
    },
  ],
];

describe.each(kinds)("openid-client by %s", (name, ready) => {
  const id = `client-${name.replace(/\W/g, "-")}`;

  it("gets a token for itself, with its audience and scopes and nobody behind it", async () => {
    const config = await ready(id);
    const tokens = await oauth.clientCredentialsGrant(config);
    expect(tokens).toEqual({
      access_token: expect.any(String),
      token_type: "bearer",
      expires_in: 300,
      scope: "reports:read reports:write",
    });
    expect(decodeJwt(tokens.access_token)).toEqual({
      iss: APP_URL,
      aud: API,
      sub: id,
      client_id: id,
      scope: "reports:read reports:write",
      iat: expect.any(Number),
      exp: expect.any(Number),
      jti: expect.any(String),
    });
    const less = await oauth.clientCredentialsGrant(config, { scope: "reports:read other" });
    expect(less.scope).toBe("reports:read");

    const DPoP = oauth.getDPoPHandle(config, await oauth.randomDPoPKeyPair("ES256"));
    const bound = await oauth.clientCredentialsGrant(config, {}, { DPoP });
    expect(bound.token_type).toBe("dpop");
    expect(decodeJwt(bound.access_token).cnf).toEqual({ jkt: await DPoP.calculateThumbprint() });
    expect(await oauth.tokenIntrospection(config, bound.access_token)).toMatchObject({
      active: true,
      token_type: "DPoP",
      sub: id,
      client_id: id,
      aud: API,
      scope: "reports:read reports:write",
      cnf: { jkt: await DPoP.calculateThumbprint() },
    });
    await expect(oauth.tokenRevocation(config, bound.access_token)).rejects.toMatchObject({
      error: "unsupported_token_type",
    });
  });
});

describe("introspection of a client's own token", () => {
  it("tells its audience and no other client, and nothing once the client is removed", async () => {
    const config = await discover("removed", oauth.ClientSecretBasic(String(await register("removed"))));
    const askerOf = async (id: string, audience: string) => {
      const secret = await service.container.clientAdministration.add({
        id,
        name: id,
        kind: "confidential",
        requiresBinding: false,
        audience,
        grants: ["device_code"],
      });
      return discover(id, oauth.ClientSecretBasic(String(secret)));
    };
    const [api, other] = [await askerOf("api", API), await askerOf("other", APP_URL)];
    const { access_token } = await oauth.clientCredentialsGrant(config);
    const told = await oauth.tokenIntrospection(api, access_token);
    expect(told).toMatchObject({ active: true, sub: "removed" });
    expect(Object.keys(told)).not.toEqual(expect.arrayContaining(["sid"]));
    for (const claim of ["sid", "roles", "username"]) expect(told).not.toHaveProperty(claim);
    expect(await oauth.tokenIntrospection(other, access_token)).toEqual({ active: false });
    await expect(oauth.tokenRevocation(api, access_token)).rejects.toMatchObject({ error: "invalid_grant" });
    await service.container.clientAdministration.remove("removed");
    expect(await oauth.tokenIntrospection(api, access_token)).toEqual({ active: false });
  });
});

describe("a client that must prove a key", () => {
  it("gets no token without one", async () => {
    const secret = String(await register("bound-only", { requiresBinding: true }));
    const config = await discover("bound-only", oauth.ClientSecretBasic(secret));
    await expect(oauth.clientCredentialsGrant(config)).rejects.toMatchObject({ error: "invalid_dpop_proof" });
  });
});

describe("registration", () => {
  const choices = { name: "x", requiresBinding: false, audience: API, kind: "confidential" } as const;

  it.each([
    ["a public client", { kind: "public" }, "grants"],
    ["no audience", { audience: null }, "audience"],
    ["ourselves as the audience", { audience: APP_URL }, "audience"],
    ["a scope with a space", { scopes: ["a b"] }, "scopes"],
    ["our own scope", { scopes: ["me"] }, "scopes"],
  ])("refuses client_credentials with %s", async (_, wrong, field) => {
    const input = { ...choices, id: "refused", grants: ["client_credentials"], ...wrong } as const;
    const { clientAdministration } = service.container;
    await expect(
      clientAdministration.add(input as Parameters<typeof clientAdministration.add>[0]),
    ).rejects.toMatchObject({
      code: "invalid_request",
      details: { field },
    });
  });

  it("refuses a private key, a point that is not on the curve, and keys without names of their own", async () => {
    const pair = await oauth.randomDPoPKeyPair("ES256", { extractable: true });
    const jwk = await exportJWK(pair.publicKey);
    expect(() => readClientKeys({ ...jwk, d: jwk.x })).toThrow(/private key/);
    for (const wrong of [
      { ...jwk, y: jwk.x },
      { ...jwk, kty: "RSA" },
      { keys: [] },
      "x",
      null,
      { keys: [jwk, jwk] },
    ])
      expect(() => readClientKeys(wrong)).toThrow();
    expect(readClientKeys({ keys: [{ ...jwk, use: "sig" }] })).toEqual({ keys: [jwk] });
  });
});

describe("the client of the package", () => {
  /** The service as it is reached, and a service of someone's that verifies. */
  function world(verifier: Verifier<VerifiedCaller>) {
    const calls: string[] = [];
    const callers: VerifiedCaller[] = [];
    const fetch = async (url: string | URL, init?: RequestInit): Promise<Response> => {
      const request = new Request(url, init);
      const { origin, pathname } = new URL(request.url);
      calls.push(pathname);
      if (origin === APP_URL) return service.api(request, { address: "192.0.2.7" });
      try {
        callers.push(await verifyRequest(verifier, request));
        return Response.json({ reports: [] });
      } catch (error) {
        const { code, status } = error as { code: string; status: number };
        return Response.json({ error: code }, { status });
      }
    };
    return { calls, callers, fetch };
  }

  const fetchKeys = (url: string, init?: RequestInit) =>
    service.api(new Request(url, init), { address: "192.0.2.8" });
  const rules = { issuer: APP_URL, audience: API, origin: API, fetch: fetchKeys };
  const now = () => service.clock.now().getTime();

  async function credentialsOf(
    id: string,
    way: "secret" | "key",
  ): Promise<
    Pick<ServiceClientOptions, "clientId"> & ({ clientSecret: string } | { clientKey: CryptoKeyPair })
  > {
    if (way === "secret") return { clientId: id, clientSecret: String(await register(id)) };
    const clientKey = await oauth.randomDPoPKeyPair("ES256", { extractable: true });
    await register(id, { publicKey: clientKey.publicKey });
    return { clientId: id, clientKey };
  }

  it.each(["secret", "key"] as const)(
    "by its %s calls a verifying service for 40 days, and renews by itself",
    async (way) => {
      const verifier = createVerifier({ ...rules, allowClients: true, now });
      const { calls, callers, fetch } = world(verifier);
      const id = `forty-days-by-${way}`;
      const client = createServiceClient({ url: APP_URL, ...(await credentialsOf(id, way)), fetch, now });
      for (let day = 0; day < 40; day += 1) {
        const answer = await client.fetch(`${API}/reports`);
        expect(answer.status).toBe(200);
        service.clock.advance(86_400);
      }
      expect(callers).toHaveLength(40);
      expect(callers[39]).toMatchObject({
        kind: "client",
        clientId: id,
        scopes: ["reports:read", "reports:write"],
        keyThumbprint: expect.any(String),
      });
      // It renews in time: no call is refused and sent again.
      expect(calls.filter((path) => path === "/reports")).toHaveLength(40);
      // One is asked for with a nonce that is too old by then.
      expect(calls.filter((path) => path === "/oauth/token").length).toBeLessThanOrEqual(80);
    },
  );

  it("asks once for all that call at once, and not again while the token lives", async () => {
    const { calls, fetch } = world(createVerifier({ ...rules, allowClients: true, now }));
    const client = createServiceClient({
      url: APP_URL,
      ...(await credentialsOf("at-once", "secret")),
      fetch,
      now,
    });
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.fetch(`${API}/reports`)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    // The second brings the nonce.
    expect(calls.filter((path) => path === "/oauth/token")).toHaveLength(2);
    service.clock.advance(200);
    await client.fetch(`${API}/reports`);
    expect(calls.filter((path) => path === "/oauth/token")).toHaveLength(2);
  });

  it("goes on with its token while Countersign is away, for as long as the token lives", async () => {
    const inner = world(createVerifier({ ...rules, allowClients: true, now }));
    let isAway = false;
    const fetch = (url: string | URL, init?: RequestInit) =>
      isAway && String(url).startsWith(APP_URL)
        ? Promise.reject(new TypeError("away"))
        : inner.fetch(url, init);
    const client = createServiceClient({
      url: APP_URL,
      ...(await credentialsOf("away", "secret")),
      fetch,
      now,
    });
    expect((await client.fetch(`${API}/reports`)).status).toBe(200);
    isAway = true;
    service.clock.advance(250);
    expect((await client.fetch(`${API}/reports`)).status).toBe(200);
    service.clock.advance(100);
    await expect(client.fetch(`${API}/reports`)).rejects.toThrow("away");
  });

  it("with a clock that is an hour off gets a token by its key all the same", async () => {
    const { fetch } = world(createVerifier({ ...rules, allowClients: true, now }));
    const wrong = () => now() - 3_600_000;
    const credentials = await credentialsOf("hour-off", "key");
    const client = createServiceClient({ url: APP_URL, ...credentials, fetch, now: wrong });
    expect((await client.token()).scopes).toEqual(["reports:read", "reports:write"]);
  });

  it("with a wrong secret throws what Countersign refused it with, and not the secret", async () => {
    await register("mistaken");
    const { fetch } = world(createVerifier({ ...rules, allowClients: true, now }));
    const client = createServiceClient({
      url: APP_URL,
      clientId: "mistaken",
      clientSecret: "not it",
      fetch,
      now,
    });
    const error = await client.token().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TokenRequestError);
    expect(error).toMatchObject({ code: "invalid_client", status: 401 });
    expect(String(error)).not.toContain("not it");
  });

  it("is not taken for a person: a verifier that does not allow clients refuses it, and says so in the log", async () => {
    const refusals: unknown[] = [];
    const strict = createVerifier({ ...rules, now, onRefused: ({ mismatch }) => refusals.push(mismatch) });
    const { callers, fetch } = world(strict);
    const credentials = await credentialsOf("nobody", "secret");
    const client = createServiceClient({ url: APP_URL, ...credentials, fetch, now });
    expect((await client.fetch(`${API}/reports`)).status).toBe(401);
    expect(callers).toEqual([]);
    expect(refusals[0]).toEqual({ what: "sub", expected: "a person (see allowClients)", found: '"nobody"' });
  });
});
