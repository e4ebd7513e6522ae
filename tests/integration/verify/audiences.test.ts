import { setTimeout as sleep } from "node:timers/promises";
import * as oauth from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createVerifier, protect, type VerificationError, type Verifier } from "../../../src/verify";
import { type ListeningService, listen } from "../../helpers/listen";
import { codeBlocks, readDocument } from "../../helpers/markdown";
import { approveOnPhone, discover } from "../../helpers/oauth";
import { APP_URL, type Device, makeProof, startService, type TestService } from "../../helpers/service";
import { approvedQr, redeem, type SignedInPhone, signedInPhone } from "../../helpers/steps/qr";

const API = "https://api.example.com";

let service: TestService;
let server: ListeningService;
let phone: SignedInPhone;
/** Each way to a token, with the key that it is bound to. */
let tokens: Record<"password" | "qr" | "client" | "client of the API", { token: string; device?: Device }>;

beforeAll(async () => {
  service = await startService();
  await service.addUser("ada");
  server = await listen(service);
  phone = await signedInPhone(service, "ada");
  const computer = await approvedQr(service, phone);
  const redeemed = await redeem(service, computer);
  tokens = {
    password: { token: phone.tokens.access_token, device: phone.device },
    qr: { token: String(redeemed.body.access_token), device: computer.device },
    client: { token: await tokenOf("plain", {}) },
    "client of the API": { token: await tokenOf("named", { audience: API }) },
  };
  // A verifier accepts no proof in the second in which its process began.
  await sleep(Math.max(0, 1000 - performance.now()));
});

afterAll(async () => {
  server.close();
  await service.close();
});

async function tokenOf(id: string, choices: { audience?: string }): Promise<string> {
  const config = await discover(service, id, choices);
  const device = await oauth.initiateDeviceAuthorization(config, {});
  await approveOnPhone(service, phone, device);
  return (await oauth.pollDeviceAuthorizationGrant(config, device)).access_token;
}

const fetchKeys = (url: string, init?: RequestInit) => fetch(url.replace(APP_URL, server.origin), init);

/** What comes of a call with each token, to a service that is reached at APP_URL, which the proofs of these tests name. */
async function outcomes(verifier: Verifier): Promise<Record<string, string>> {
  const told: Record<string, string> = {};
  for (const [name, { token, device }] of Object.entries(tokens)) {
    const request = {
      method: "GET",
      path: "/reports",
      authorization: `${device ? "DPoP" : "Bearer"} ${token}`,
      proof: device ? await makeProof(device, "GET", "/reports", undefined, token) : null,
    };
    told[name] = await verifier.verify(request).then(
      () => "let in",
      (error: VerificationError) => `${error.code}: ${error.mismatch?.what} is ${error.mismatch?.found}`,
    );
  }
  return told;
}

describe("a service that names", () => {
  const verifierFor = (audience: string | string[]) =>
    createVerifier({ issuer: APP_URL, audience, origin: APP_URL, fetch: fetchKeys });

  it("the issuer as its audience lets in sign-ins by password and by QR code, and no registered client", async () => {
    expect(await outcomes(verifierFor(APP_URL))).toEqual({
      password: "let in",
      qr: "let in",
      client: 'invalid_token: scope is "me"',
      "client of the API": `invalid_token: aud is "${API}"`,
    });
  });

  it("its own audience lets in the clients that were registered for it, and nobody else", async () => {
    expect(await outcomes(verifierFor(API))).toEqual({
      password: `invalid_token: aud is "${APP_URL}"`,
      qr: `invalid_token: aud is "${APP_URL}"`,
      client: `invalid_token: aud is "${APP_URL}"`,
      "client of the API": "let in",
    });
  });

  it("both lets in both, and still not what is for `me` alone", async () => {
    expect(await outcomes(verifierFor([APP_URL, API]))).toEqual({
      password: "let in",
      qr: "let in",
      client: 'invalid_token: scope is "me"',
      "client of the API": "let in",
    });
  });
});

describe("docs/how-to/verify-tokens-in-a-service.md", () => {
  const [example = ""] = codeBlocks(readDocument("docs/how-to/verify-tokens-in-a-service.md"), "ts");

  it("has an example that lets in who signed in by password or by QR code, and no client's token for `me`", async () => {
    const source = example
      .replace(/^import .*$/m, "")
      .replace("export const GET =", "return")
      .replaceAll("https://accounts.example.com", APP_URL)
      .replaceAll("https://api.example.com", APP_URL);
    const refusals: unknown[] = [];
    const make = new Function("createVerifier", "protect", "console", source);
    const handler = make(
      (options: Parameters<typeof createVerifier>[0]) => createVerifier({ ...options, fetch: fetchKeys }),
      protect,
      { warn: (...line: unknown[]) => refusals.push(line) },
    ) as ReturnType<typeof protect>;
    const call = async ({ token, device }: { token: string; device?: Device }) => {
      const headers = {
        authorization: `${device ? "DPoP" : "Bearer"} ${token}`,
        ...(device ? { dpop: await makeProof(device, "GET", "/reports", undefined, token) } : {}),
      };
      const response = await handler(new Request(`${APP_URL}/reports`, { headers }));
      return { status: response.status, text: await response.text() };
    };
    expect([(await call(tokens.password)).status, (await call(tokens.qr)).status]).toEqual([200, 200]);
    const refused = await call(tokens.client);
    expect(refused.status).toBe(401);
    expect(refused.text).not.toContain("scope");
    expect(JSON.stringify(refusals)).toContain('"what":"scope"');
  });
});

describe("introspection", () => {
  it("answers a confidential client about its own tokens and those for its audience, and about no others", async () => {
    const asker = await discover(service, "api", { kind: "confidential", audience: API });
    const nobody = await discover(service, "nobody", { kind: "confidential" });
    const ours = await discover(service, "ours", { kind: "confidential", audience: APP_URL });
    const told = async (by: oauth.Configuration) => {
      const answers: Record<string, boolean> = {};
      for (const [name, { token }] of Object.entries(tokens))
        answers[name] = (await oauth.tokenIntrospection(by, token)).active;
      return answers;
    };
    const none = { password: false, qr: false, client: false, "client of the API": false };
    expect(await told(nobody)).toEqual(none);
    expect(await told(asker)).toEqual({ ...none, "client of the API": true });
    expect(await told(ours)).toEqual({ ...none, password: true, qr: true, client: true });
    // A refresh token is for its own client alone, also where the audience would be right.
    expect(await oauth.tokenIntrospection(ours, phone.tokens.refresh_token)).toEqual({ active: false });
    expect(await oauth.tokenIntrospection(ours, tokens.client.token)).toMatchObject({ scope: "me" });
    expect(await oauth.tokenIntrospection(nobody, tokens.password.token)).toEqual({ active: false });
  });
});
