import type { KeyObject } from "node:crypto";
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { APP_URL, startService, type TestService } from "../../helpers/service";
import { eventually, me, refresh } from "../../helpers/wire";

/** Security bar 20: signing keys rotate with an overlap, under load, and a retired one is refused. */
let service: TestService;
const others: TestService[] = [];
const lead = 1200;
const overlap = 3700;

beforeEach(async () => {
  // Intervals are run by hand: a second is what the looks of one second find out.
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  service = await startService({ ACCESS_TOKEN_LIFETIME: "3600", LIMIT_REFRESHES: "100000" });
  await service.addUser("ada");
});

afterEach(async () => {
  vi.useRealTimers();
  for (const other of others.splice(0)) await other.close();
  await service.close();
});

const another = async (): Promise<TestService> => {
  const made = await service.another();
  others.push(made);
  return made;
};
const kidOf = (token: string) => decodeProtectedHeader(token).kid;
const published = async (from = service) =>
  (await from.call("/.well-known/jwks.json")).body as unknown as JSONWebKeySet;
const publishedKids = async (from = service) => (await published(from)).keys.map((key) => key.kid);

async function expectVerifiesOffline(token: string, keys: JSONWebKeySet): Promise<void> {
  const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
    issuer: APP_URL,
    audience: APP_URL,
    typ: "at+jwt",
    currentDate: service.clock.now(),
  });
  expect(payload.client_id).toBe("countersign");
}

it("a new key is published before it signs; a verifier that read the set then knows every later token", async () => {
  const old = await service.signIn("ada");
  await expectVerifiesOffline(old.access_token, await published());
  await service.container.keys.rotate("sig");
  const early = await published();
  expect(early.keys).toHaveLength(2);
  const before = await service.signIn("ada");
  expect(kidOf(before.access_token)).toBe(kidOf(old.access_token));
  service.clock.advance(lead + 1);
  const after = await service.signIn("ada");
  expect(kidOf(after.access_token)).not.toBe(kidOf(old.access_token));
  await expectVerifiesOffline(after.access_token, early);
  const { headers } = await service.call("/.well-known/jwks.json");
  const maxAge = Number(/max-age=(\d+)/.exec(headers.get("cache-control") ?? "")?.[1]);
  expect(maxAge).toBeLessThan(lead);
});

it("the old key is accepted for the overlap and refused after it, whatever the token's own life says", async () => {
  await service.container.keys.rotate("sig", 0);
  const [oldKid] = await publishedKids();
  const old = service.container.keys.find("sig", String(oldKid));
  const tokens = await service.signIn("ada");
  expect(kidOf(tokens.access_token)).not.toBe(oldKid);
  const { SignJWT, decodeJwt } = await import("jose");
  const claims = decodeJwt(tokens.access_token);
  // By the retiring key, and good for far longer than its retirement: what a stolen key would make.
  const long = await new SignJWT({ ...claims, exp: Number(claims.exp) + 100_000 })
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: String(oldKid) })
    .sign(old?.privateKey as KeyObject);
  expect((await me(service, long)).status).toBe(200);
  service.clock.advance(overlap - 60);
  expect((await me(service, long)).status).toBe(200);
  service.clock.advance(61);
  const refused = await me(service, long);
  expect([refused.status, refused.body.error]).toEqual([401, "invalid_token"]);
  expect(await publishedKids()).not.toContain(oldKid);
  const restarted = await another();
  expect((await me(restarted, long)).body.error).toBe("invalid_token");
  expect((await refresh(service, tokens.refresh_token)).status).toBe(200);
});

it("under load: keys rotate five times among 300 refreshes and calls, and no call is refused", async () => {
  const families = await Promise.all(Array.from({ length: 10 }, () => service.signIn("ada")));
  const seen = new Set<unknown>();
  let isRunning = true;
  let calls = 0;
  const rotations = (async () => {
    for (let count = 0; count < 5; count += 1) {
      const due = calls + 60;
      while (calls < due) await new Promise((resolve) => setImmediate(resolve));
      await service.container.keys.rotate("sig", 0);
    }
    isRunning = false;
  })();
  const load = families.map(async (tokens) => {
    let { refresh_token: token } = tokens;
    for (let count = 0; count < 30 || isRunning; count += 1) {
      const answer = await refresh(service, token);
      expect(answer.status).toBe(200);
      token = String(answer.body.refresh_token);
      const accessToken = String(answer.body.access_token);
      seen.add(kidOf(accessToken));
      expect((await me(service, accessToken)).status).toBe(200);
      expect((await me(service, tokens.access_token)).status).toBe(200);
      calls += 3;
    }
  });
  await Promise.all([rotations, ...load]);
  expect(seen.size).toBeGreaterThanOrEqual(2);
  expect(await publishedKids()).toHaveLength(6);
});

describe("another process", () => {
  it("`keys rotate` there is seen here within a second: published, accepted and used", async () => {
    const old = await service.signIn("ada");
    const operator = await another();
    await operator.container.keys.rotate("sig", 0);
    const { publicJwk } = operator.container.keys.current("sig");
    vi.advanceTimersByTime(999);
    await eventually(async () => (await publishedKids()).includes(publicJwk.kid));
    const tokens = await service.signIn("ada");
    expect(kidOf(tokens.access_token)).toBe(publicJwk.kid);
    for (const instance of [service, operator]) {
      expect((await me(instance, tokens.access_token)).status).toBe(200);
      expect((await me(instance, old.access_token)).status).toBe(200);
    }
  });

  it("several rotate at once when it is due: one successor", async () => {
    const instances = [service, await another(), await another()];
    service.clock.advance(31 * 86_400);
    await Promise.all(instances.map((instance) => instance.container.keys.rotateIfDue()));
    for (const instance of instances) {
      await instance.container.keys.load();
      expect(await publishedKids(instance)).toHaveLength(2);
    }
    expect(
      new Set(await Promise.all(instances.map(async (each) => (await publishedKids(each)).join()))).size,
    ).toBe(1);
    service.clock.advance(lead + 1);
    const tokens = await service.signIn("ada");
    for (const instance of instances) expect((await me(instance, tokens.access_token)).status).toBe(200);
  });
});

it("private keys are stored sealed, and open under no other secret", async () => {
  const { openDatabase } = await import("../../../src/platform/storage/sqlite/database");
  const database = await openDatabase(service.databaseFile);
  const rows = await database.serverKey.findMany();
  await database.close();
  expect(rows.length).toBeGreaterThanOrEqual(2);
  for (const row of rows) {
    expect(row.sealedPrivate).toMatch(/^1\.[\w-]+$/);
    const opaque = Buffer.from(row.sealedPrivate.slice(2), "base64url").toString("latin1");
    expect(opaque).not.toMatch(/"d"|kty/);
    expect(row.publicJwk).not.toMatch(/"d"/);
  }
  const { randomBytes } = await import("node:crypto");
  await expect(service.another({ SECRETS: `1:${randomBytes(32).toString("base64url")}` })).rejects.toThrow();
});
