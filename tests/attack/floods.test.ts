/** What somebody can do by sending much, who holds something old or nothing at all. */
import Sqlite from "better-sqlite3";
import { exportJWK, SignJWT } from "jose";
import { afterEach, beforeEach, describe } from "vitest";
import { createSignatureCheck } from "../../src/modules/signatures";
import { ProofVerifier, type UsedProof } from "../../src/modules/tokens";
import { createMemoryLimiters } from "../../src/platform/counts/memory";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import {
  APP_URL,
  type Device,
  newDevice,
  randomText,
  startService,
  type TestService,
} from "../helpers/service";
import { refresh } from "../helpers/wire";

let service: TestService;
let device: Device;

beforeEach(async () => {
  service = await startService({ LIMIT_REFRESHES: "5" });
  await service.addUser("ada");
  device = await newDevice();
});
afterEach(() => service.close());

const rows = (sql: string) => {
  const database = new Sqlite(service.databaseFile, { readonly: true });
  try {
    return database.prepare(sql).all() as Record<string, unknown>[];
  } finally {
    database.close();
  }
};

describe("a superseded refresh token of a bound session, sent more often than its session may refresh", () => {
  attack(
    "without a proof: its owner's refresh is not limited by it",
    "thief 5 × 401 invalid_dpop_proof, 5 × 429 too_many_attempts; owner 200",
    async () => {
      const first = await service.signIn("ada", device);
      const second = await refresh(service, first.refresh_token, device);
      const thief = [];
      for (let count = 0; count < 10; count += 1) thief.push(await refresh(service, first.refresh_token));
      const owner = await refresh(service, String(second.body.refresh_token), device);
      return `thief ${toldOfAll(thief)}; owner ${told(owner)}`;
    },
  );

  attack(
    "without a proof: it is written down, once, for the owner of the account",
    "refreshes_limited, unproven",
    async () => {
      const first = await service.signIn("ada", device);
      await refresh(service, first.refresh_token, device);
      for (let count = 0; count < 10; count += 1) await refresh(service, first.refresh_token);
      return rows('SELECT * FROM "AuditEvent" WHERE "type" = \'refreshes_limited\' AND "userId" IS NOT NULL')
        .map(({ type, detail }) => `${type}, ${detail === '{"proven":false}' ? "unproven" : detail}`)
        .join("; ");
    },
  );

  attack(
    "by a key of the thief's, at another client's door: its owner's refresh is not limited by it",
    "owner 200",
    async () => {
      const { refresh_token } = await service.signIn("ada", device);
      const { sessions } = service.container;
      for (let count = 0; count < 10; count += 1) {
        const by = { clientId: "another", keyThumbprint: "the thief's", address: null, userAgent: null };
        await sessions.refresh(refresh_token, by).catch(() => {});
      }
      return `owner ${told(await refresh(service, refresh_token, device))}`;
    },
  );
});

describe("proofs dated ahead, by keys that anyone can make", () => {
  attack(
    "more in a minute than are written down: the rest is refused with the time, and proofs of the present go on",
    "3 taken, 2 refused with the time, 3 written; now taken",
    async () => {
      const rowsWritten: UsedProof[] = [];
      const isGood = createSignatureCheck();
      const verifier = new ProofVerifier({
        clock: service.clock,
        origins: [APP_URL],
        usedProofs: {
          insert: async (proof) => rowsWritten.push(proof) > 0,
          listIssuedSince: async () => [],
          deleteIssuedBefore: async () => 0,
        },
        signatures: { isGood: async (proof) => isGood(proof), close: () => {} },
        aheadLimiter: createMemoryLimiters().named("proofs_ahead", { points: 3, windowInSeconds: 600 }),
      });
      const use = async (secondsAhead: number) => {
        const proof = await proofAhead(secondsAhead);
        return verifier.verify(proof, { method: "GET", path: PATH }).then(
          () => "taken",
          (error) => (Number(error.details.extra.server_time) > 0 ? "refused with the time" : "refused"),
        );
      };
      const ahead = [];
      for (let count = 0; count < 5; count += 1) ahead.push(await use(50));
      const taken = ahead.filter((one) => one === "taken").length;
      const told = ahead.filter((one) => one === "refused with the time").length;
      return `${taken} taken, ${told} refused with the time, ${rowsWritten.length} written; now ${await use(0)}`;
    },
  );

  const PATH = "/api/auth/get_t";

  async function proofAhead(seconds: number): Promise<string> {
    const owner = await newDevice();
    return new SignJWT({ htm: "GET", htu: APP_URL + PATH, jti: randomText() })
      .setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: await exportJWK(owner.publicKey) })
      .setIssuedAt(Math.floor(service.clock.now().getTime() / 1000) + seconds)
      .sign(owner.privateKey);
  }
});
