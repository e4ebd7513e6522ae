/** What somebody can do by sending much, who holds something old or nothing at all. */
import Sqlite from "better-sqlite3";
import { exportJWK, SignJWT } from "jose";
import { afterEach, beforeEach, describe } from "vitest";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import {
  APP_URL,
  type Device,
  newDevice,
  randomText,
  startService,
  type TestService,
} from "../helpers/service";
import { refresh } from "../integration/wire/support";

let service: TestService;
let device: Device;

beforeEach(async () => {
  service = await startService({ LIMIT_REFRESHES: "200" });
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

describe("a superseded refresh token of a bound session, sent 300 times in a minute", () => {
  attack(
    "without a proof: its owner's refresh is not limited by it",
    "thief 200 × 401 invalid_dpop_proof, 100 × 429 too_many_attempts; owner 200",
    async () => {
      const first = await service.signIn("ada", device);
      const second = await refresh(service, first.refresh_token, device);
      const thief = [];
      for (let count = 0; count < 300; count += 1) thief.push(await refresh(service, first.refresh_token));
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
      for (let count = 0; count < 300; count += 1) await refresh(service, first.refresh_token);
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
      for (let count = 0; count < 300; count += 1) {
        const by = { clientId: "another", keyThumbprint: "the thief's", address: null };
        await sessions.refresh(refresh_token, by).catch(() => {});
      }
      return `owner ${told(await refresh(service, refresh_token, device))}`;
    },
  );
});

describe("proofs dated ahead, by keys that anyone can make", () => {
  const PATH = "/api/auth/get_t";
  const CALLS = 3100;

  async function proofs(secondsAhead: number, count: number): Promise<string[]> {
    const jwk = await exportJWK(device.publicKey);
    const iat = Math.floor(service.clock.now().getTime() / 1000) + secondsAhead;
    return Promise.all(
      Array.from({ length: count }, () =>
        new SignJWT({ htm: "GET", htu: APP_URL + PATH, jti: randomText() })
          .setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk })
          .setIssuedAt(iat)
          .sign(device.privateKey),
      ),
    );
  }

  attack(
    "more in a minute than are written down: the rest is refused with the time, and proofs of the present go on",
    "3000 × 200, 100 × 401 invalid_dpop_proof; 3000 rows; with the time; now 200",
    async () => {
      const call = (dpop: string) => service.call(PATH, { headers: { dpop } });
      const answers = [];
      for (const proof of await proofs(50, CALLS)) answers.push(await call(proof));
      const tellsTime = answers.at(-1)?.body.server_time !== undefined;
      const [present = ""] = await proofs(0, 1);
      const written = rows('SELECT count(*) AS "n" FROM "UsedProof"')[0]?.n;
      return `${toldOfAll(answers)}; ${written} rows; ${tellsTime ? "with the time" : "without"}; now ${told(await call(present))}`;
    },
  );
});
