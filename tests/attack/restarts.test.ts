import { createHash } from "node:crypto";
import Database from "better-sqlite3";
import { exportJWK, SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSignatureCheck } from "../../src/modules/signatures";
import { ProofVerifier } from "../../src/modules/tokens";
import { createMemoryLimiters } from "../../src/platform/counts/memory";
import {
  APP_URL,
  type Device,
  newDevice,
  randomText,
  startService,
  type TestService,
  type Tokens,
} from "../helpers/service";

/** Security bar 30: no proof that was used is accepted after a restart, whatever time it claims. */
const path = "/api/auth/me";

async function proofAt(seconds: number, device: Device, token?: string): Promise<string> {
  const ath = token === undefined ? {} : { ath: createHash("sha256").update(token).digest("base64url") };
  return new SignJWT({ htm: "GET", htu: APP_URL + path, jti: randomText(), ...ath })
    .setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: await exportJWK(device.publicKey) })
    .setIssuedAt(Math.floor(seconds))
    .sign(device.privateKey);
}

describe("a proof dated ahead, as by a client whose clock is fast", () => {
  let service: TestService;
  let restarted: TestService | undefined;
  let device: Device;
  let tokens: Tokens;

  beforeEach(async () => {
    service = await startService();
    await service.addUser("ada");
    device = await newDevice();
    tokens = await service.signIn("ada", device);
  });

  afterEach(async () => {
    await restarted?.close();
    await service.close();
  });

  const nowInSeconds = () => service.clock.now().getTime() / 1000;
  const prove = (ahead: number) => proofAt(nowInSeconds() + ahead, device, tokens.access_token);
  const send = (to: TestService, proof: string) =>
    to.call(path, { headers: { authorization: `DPoP ${tokens.access_token}`, dpop: proof } });

  it.each([2, 30, 50, 59])(
    "by %d seconds and used is refused after a restart, to the end of its window",
    async (ahead) => {
      const used = await prove(ahead);
      expect((await send(service, used)).status).toBe(200);
      service.clock.advance(1);
      restarted = await service.another();
      for (const step of [0, 1, 27, 20, 10, 30, 20]) {
        service.clock.advance(step);
        expect([(await send(restarted, used)).body.error]).toEqual(["invalid_dpop_proof"]);
      }
    },
  );

  it("and not yet used is accepted after a restart, once", async () => {
    restarted = await service.another();
    const fresh = await prove(50);
    expect((await send(restarted, fresh)).status).toBe(200);
    expect((await send(restarted, fresh)).body.error).toBe("invalid_dpop_proof");
    expect((await send(restarted, await prove(0))).status).toBe(200);
  });

  it("is refused while it cannot be written down; one of the present is not", async () => {
    const database = new Database(service.databaseFile);
    database.exec("BEGIN EXCLUSIVE");
    try {
      expect((await send(service, await prove(50))).body.error).toBe("temporarily_unavailable");
      expect((await send(service, await prove(0))).status).toBe(200);
    } finally {
      database.exec("ROLLBACK");
      database.close();
    }
  });
});

describe("a proof of the very second in which the process began", () => {
  it("is refused: the process before may have taken it", async () => {
    const device = await newDevice();
    const isGood = createSignatureCheck();
    let now = new Date("2026-01-01T00:00:10.900Z");
    const verifier = new ProofVerifier({
      clock: { now: () => now },
      origins: [APP_URL],
      usedProofs: {
        insert: async () => true,
        listIssuedSince: async () => [],
        deleteIssuedBefore: async () => 0,
      },
      signatures: { isGood: async (proof) => isGood(proof), close: () => {} },
      aheadLimiter: createMemoryLimiters().named("proofs_ahead", { points: 1, windowInSeconds: 60 }),
      processStartedAt: new Date("2026-01-01T00:00:10.200Z"),
    });
    const prove = () => proofAt(now.getTime() / 1000, device);
    const used = await prove();
    await expect(verifier.verify(used, { method: "GET", path })).rejects.toMatchObject({
      code: "invalid_dpop_proof",
    });
    // Nobody is answered before; from then on every caller with a new proof is.
    expect(await verifier.acceptsFrom()).toEqual(new Date("2026-01-01T00:00:11.000Z"));
    now = await verifier.acceptsFrom();
    await expect(verifier.verify(used, { method: "GET", path })).rejects.toMatchObject({
      code: "invalid_dpop_proof",
    });
    await expect(verifier.verify(await prove(), { method: "GET", path })).resolves.toMatch(/^[\w-]{43}$/);
  });
});
