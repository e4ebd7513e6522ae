import { exportJWK, SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  APP_URL,
  type Device,
  makeProof,
  newDevice,
  proofHeader,
  randomText,
  startService,
  type TestService,
  type Tokens,
} from "../helpers/service";
import { me, refresh } from "../helpers/wire";

/** Security bar 67: a client's clock that is off mends itself; a server's clock that jumps lets nobody in or out. */
let service: TestService;
let device: Device;
let tokens: Tokens;
const path = "/api/auth/me";

beforeEach(async () => {
  service = await startService();
  await service.addUser("ada");
  device = await newDevice();
  // Ten minutes after its start, so that a jump back does not reach beyond it.
  service.clock.advance(600);
  tokens = await service.signIn("ada", device);
});

afterEach(() => service.close());

const send = (proof: string, token = tokens.access_token) =>
  service.call(path, { headers: { authorization: `DPoP ${token}`, dpop: proof } });
const prove = (token = tokens.access_token) => makeProof(device, "GET", path, service.clock, token);

async function proofAt(seconds: number, method: string, at: string): Promise<string> {
  return new SignJWT({ htm: method, htu: APP_URL + at, jti: randomText() })
    .setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: await exportJWK(device.publicKey) })
    .setIssuedAt(Math.floor(seconds))
    .sign(device.privateKey);
}

describe("a client whose clock is off", () => {
  it.each([-7200, -90, 90, 7200, 10 * 365 * 86_400])(
    "by %d seconds: one refusal that tells the time, and the next try works",
    async (off) => {
      const serverSeconds = () => service.clock.now().getTime() / 1000;
      const at = "/api/auth/refresh-token";
      const attempt = async (correction: number) =>
        service.call(at, {
          headers: { dpop: await proofAt(serverSeconds() + off + correction, "POST", at) },
          json: { refresh_token: tokens.refresh_token },
        });
      const refused = await attempt(0);
      expect([refused.status, refused.body.error]).toEqual([401, "invalid_dpop_proof"]);
      const correction = Number(refused.body.server_time) - (serverSeconds() + off);
      expect((await attempt(correction)).status).toBe(200);
    },
  );

  it("can ask for the time without a token or a proof", async () => {
    const now = () => Math.floor(service.clock.now().getTime() / 1000);
    const before = now();
    const { status, body } = await service.call("/api/auth/server_time");
    expect(status).toBe(200);
    expect(Number(body.server_time)).toBeGreaterThanOrEqual(before);
    expect(Number(body.server_time)).toBeLessThanOrEqual(now());
  });
});

describe("a server clock that jumps", () => {
  const jumps = [300, -300, 120, -120, 61, -61, 30, -30];

  it.each(jumps)(
    "by %d seconds and back: no proof that was used is accepted again, at any moment",
    async (jump) => {
      const used: string[] = [];
      for (let count = 0; count < 5; count += 1) {
        const proof = await prove();
        expect((await send(proof)).status).toBe(200);
        used.push(proof);
        service.clock.advance(10);
      }
      const replayAll = async () => {
        for (const proof of used) expect((await send(proof)).status).toBe(401);
      };
      service.clock.advance(jump);
      await replayAll();
      for (let count = 0; count < 4; count += 1) {
        const proof = await prove();
        const { status } = await send(proof);
        if (status === 200) used.push(proof);
        service.clock.advance(20);
        await replayAll();
      }
      service.clock.advance(-jump);
      await replayAll();
      for (let count = 0; count < 8; count += 1) {
        // Fresh proofs make the memory forget what is old, if anything does.
        used.push(await prove());
        await send(used.at(-1) ?? "");
        service.clock.advance(20);
        await replayAll();
      }
    },
  );

  it.each([300, -300])("by %d seconds: nobody is signed out, bearer or bound", async (jump) => {
    const plain = await service.signIn("ada");
    service.clock.advance(jump);
    const bound = await refresh(service, tokens.refresh_token, device);
    const bearer = await refresh(service, plain.refresh_token);
    expect([bound.status, bearer.status]).toEqual([200, 200]);
    expect((await me(service, String(bound.body.access_token), device)).status).toBe(200);
    expect((await me(service, String(bearer.body.access_token))).status).toBe(200);
    service.clock.advance(-jump);
    const back = await refresh(service, String(bound.body.refresh_token), device);
    expect(back.status).toBe(200);
    expect((await refresh(service, String(bearer.body.refresh_token))).status).toBe(200);
    expect((await me(service, String(back.body.access_token), device)).status).toBe(200);
  });

  it("back, in the middle of a retried refresh: still the same successor, never theft", async () => {
    const plain = await service.signIn("ada");
    const first = await refresh(service, plain.refresh_token);
    service.clock.advance(-300);
    const retried = await refresh(service, plain.refresh_token);
    expect([retried.status, retried.body.refresh_token]).toEqual([200, first.body.refresh_token]);
  });

  it("a ticket and an access token of before a jump forward simply expire", async () => {
    service.clock.advance(301);
    const late = await send(await prove());
    expect([late.status, late.body.error]).toEqual([401, "token_expired"]);
    const headers = await proofHeader(device, "POST", "/api/auth/refresh-token", service.clock);
    const renewed = await service.call("/api/auth/refresh-token", {
      headers,
      json: { refresh_token: tokens.refresh_token },
    });
    expect(renewed.status).toBe(200);
  });
});
