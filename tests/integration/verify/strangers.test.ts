import { createPublicKey } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createRemoteJWKSet, jwtVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createVerifier, type Verifier } from "../../../src/verify";
import { type ListeningService, listen } from "../../helpers/listen";
import { APP_URL, boundHeaders, newDevice, startService, type TestService } from "../../helpers/service";

let service: TestService;
let server: ListeningService;

beforeAll(async () => {
  service = await startService();
  await service.addUser("ada");
  server = await listen(service);
  // A verifier accepts no proof in the second in which its process began.
  await sleep(Math.max(0, 1000 - performance.now()));
});

afterAll(async () => {
  server.close();
  await service.close();
});

const rules = { issuer: APP_URL, audience: APP_URL } as const;
const edited = (token: string) => token.replace(/\.[^.]+\./, (body) => `${body.slice(0, -4)}AAA.`);

/** Fetches of the issuer's address go to where it listens in this test. */
function newVerifier(origin: string): Verifier {
  return createVerifier({
    issuer: APP_URL,
    audience: APP_URL,
    origin,
    fetch: (url, init) => fetch(String(url).replace(APP_URL, server.origin), init),
  });
}

describe("access tokens, to those who know nothing of us but the published keys", () => {
  it("are good to jose's remote key set, and an edited one is not", async () => {
    const { access_token } = await service.signIn("ada");
    const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", server.origin));
    const { payload, protectedHeader } = await jwtVerify(access_token, keys, { ...rules, typ: "at+jwt" });
    expect(protectedHeader.alg).toBe("ES256");
    expect(payload).toMatchObject({
      client_id: "countersign",
      sub: expect.any(String),
      acr: "sfa",
      amr: ["pwd"],
    });
    expect(payload.auth_time).toBeLessThanOrEqual(Number(payload.iat));
    await expect(jwtVerify(edited(access_token), keys, rules)).rejects.toThrow();
  });

  it("are good to jsonwebtoken, which is not jose, and an edited one is not", async () => {
    const { access_token } = await service.signIn("ada");
    const { keys } = (await (await fetch(`${server.origin}/.well-known/jwks.json`)).json()) as {
      keys: ({ kid: string } & Record<string, string>)[];
    };
    const { header } = jsonwebtoken.decode(access_token, { complete: true }) ?? {};
    const jwk = keys.find(({ kid }) => kid === header?.kid) ?? {};
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const claims = jsonwebtoken.verify(access_token, key, { ...rules, algorithms: ["ES256"] });
    expect(claims).toMatchObject({ client_id: "countersign" });
    expect(() => jsonwebtoken.verify(edited(access_token), key, { algorithms: ["ES256"] })).toThrow();
  });

  it("are all good to our own verifier while keys rotate under load, bound and not", async () => {
    const origin = "https://api.example.com";
    const verifier = newVerifier(origin);
    const device = await newDevice();
    let isRotating = true;
    let calls = 0;
    const rotations = (async () => {
      for (let round = 0; round < 5; round += 1) {
        await service.container.keys.rotate("sig", 0);
        const due = calls + 8;
        while (calls < due) await new Promise((resolve) => setImmediate(resolve));
      }
      isRotating = false;
    })();
    const { container } = service;
    const [user] = await container.accounts.list();
    const caller = async (): Promise<void> => {
      while (isRotating) {
        const tokens = await container.sessions.create({
          user: { id: String(user?.id), username: "ada", displayName: "Ada", roles: ["user"] },
          clientId: "countersign",
          method: "password",
          factors: ["pwd"],
          keyThumbprint: null,
          device: { browser: null, os: null },
          address: null,
        });
        const authorization = `Bearer ${tokens.accessToken}`;
        await verifier.verify({ method: "GET", path: "/", authorization, proof: undefined });
        calls += 1;
        // Everything above may come to an end without a turn of the event loop, and then nobody would rotate.
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await Promise.all([rotations, caller(), caller(), caller(), caller()]);
    expect(calls).toBeGreaterThanOrEqual(40);
    // The proof names APP_URL, where the service itself is reached, and no verifier takes one older than itself.
    const atTheService = newVerifier(APP_URL);
    const bound = await service.signIn("ada", device);
    const headers = await boundHeaders(device, "GET", "/api/auth/me", bound.access_token);
    const me = {
      method: "GET",
      path: "/api/auth/me",
      authorization: headers.authorization,
      proof: headers.dpop,
    };
    expect(await atTheService.verify(me)).toMatchObject({ sessionId: bound.session_id });
  });
});
