import { decodeJwt } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newDevice, proofHeader, startService, type TestService, type Tokens } from "../helpers/service";
import { cookiesOf, me, refresh, signInWithCookies } from "../helpers/wire";

/**
 * Security bar 23, 24, 26 and 66. Contenders: 50 requests with one token, on SQLite, on one instance and on two.
 * All of them win: one rotation happens and 50 usable answers name the same successor.
 */
let service: TestService;

beforeEach(async () => {
  service = await startService({ LIMIT_REFRESHES: "100000" });
  await service.addUser("ada");
});

afterEach(() => service.close());

const fifty = Array.from({ length: 50 }, (_, index) => index);

async function counterOf(sessionId: string): Promise<number> {
  const [session] = await service.container.sessions.listLive((await userIdOf(sessionId)) ?? "");
  return session?.counter ?? -1;
}

async function userIdOf(sessionId: string): Promise<string | undefined> {
  return (await service.container.sessions.findLive(sessionId))?.user.id;
}

describe.each(["bearer", "bound"])("50 refreshes of one %s token at once", (kind) => {
  it("on one instance: 50 × 200, one rotation, one successor, 50 usable access tokens", async () => {
    const device = kind === "bound" ? await newDevice() : undefined;
    const tokens = await service.signIn("ada", device);
    const answers = await Promise.all(fifty.map(() => refresh(service, tokens.refresh_token, device)));
    expect(answers.map(({ status }) => status)).toEqual(fifty.map(() => 200));
    const issued = answers.map(({ body }) => body as unknown as Tokens);
    expect(new Set(issued.map((each) => each.refresh_token)).size).toBe(1);
    expect(issued[0]?.refresh_token).not.toBe(tokens.refresh_token);
    expect(await counterOf(tokens.session_id)).toBe(1);
    for (const { access_token } of issued) expect((await me(service, access_token, device)).status).toBe(200);
    const next = await refresh(service, issued[0]?.refresh_token ?? "", device);
    expect(next.status).toBe(200);
    expect(await counterOf(tokens.session_id)).toBe(2);
  });

  it("on two instances of one database: the same", async () => {
    const device = kind === "bound" ? await newDevice() : undefined;
    const tokens = await service.signIn("ada", device);
    const second = await service.another();
    try {
      const answers = await Promise.all(
        fifty.map((index) =>
          refresh(service, tokens.refresh_token, device, index % 2 === 0 ? service : second),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual(fifty.map(() => 200));
      expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
      expect(await counterOf(tokens.session_id)).toBe(1);
      for (const { body } of answers.slice(0, 4)) {
        expect((await me(second, String(body.access_token), device)).status).toBe(200);
      }
    } finally {
      await second.close();
    }
  });
});

it("the cookie: 50 tabs at once end on one session that goes on", async () => {
  const device = await newDevice();
  const { cookie, tokens } = await signInWithCookies(service, "ada", device);
  const path = "/api/auth/refresh-token";
  const send = async (jar: string) =>
    service.call(path, {
      headers: { ...(await proofHeader(device, "POST", path, service.clock)), cookie: jar },
      json: {},
    });
  const answers = await Promise.all(fifty.map(() => send(cookie)));
  expect(answers.map(({ status }) => status)).toEqual(fifty.map(() => 200));
  expect(await counterOf(tokens.session_id)).toBe(1);
  // Whichever Set-Cookie the browser kept, it works.
  for (const answer of answers.slice(0, 5)) expect((await send(cookiesOf(answer).cookie)).status).toBe(200);
});

it.each(["bearer", "bound"])(
  "a lost response (%s): retried, it names the same successor and forks nothing",
  async (kind) => {
    const device = kind === "bound" ? await newDevice() : undefined;
    let { refresh_token: token, session_id } = await service.signIn("ada", device);
    for (let round = 1; round <= 5; round += 1) {
      await refresh(service, token, device);
      const retried = await refresh(service, token, device);
      const again = await refresh(service, token, device);
      expect([retried.status, again.status]).toEqual([200, 200]);
      expect(retried.body.refresh_token).toBe(again.body.refresh_token);
      expect(await counterOf(session_id)).toBe(round);
      token = String(retried.body.refresh_token);
    }
  },
);

it("refreshes beside a sign-out: each answer is 200 or says that the session has ended, and nothing lives on", async () => {
  for (let round = 0; round < 5; round += 1) {
    const tokens = await service.signIn("ada");
    const burst = fifty.slice(0, 10).map(() => refresh(service, tokens.refresh_token));
    const out = service.call("/api/auth/logout", { json: { refresh_token: tokens.refresh_token } });
    const answers = await Promise.all(burst);
    expect((await out).status).toBe(204);
    for (const { status, body } of answers) {
      expect([status, body.error]).toSatisfy(([code, error]) => code === 200 || error === "session_revoked");
      if (status !== 200) continue;
      expect((await me(service, String(body.access_token))).body.error).toBe("session_revoked");
      expect((await refresh(service, String(body.refresh_token))).body.error).toBe("session_revoked");
    }
  }
});

describe("1,000 rotations (security bar 26)", () => {
  it("neither move the absolute expiry nor wear out the family; after it everything is dead", async () => {
    const lifetime = 30 * 86_400;
    const device = await newDevice();
    const before = service.clock.now().getTime();
    const { session_id, ...first } = await service.signIn("ada", device);
    let token = first.refresh_token;
    const born = service.clock.now().getTime();
    let left = Number.POSITIVE_INFINITY;
    // 1,000 steps of about 43 minutes come to within ten minutes of thirty days.
    const step = Math.floor((lifetime - 600) / 1000);
    for (let round = 0; round < 1000; round += 1) {
      service.clock.advance(step);
      const answer = await refresh(service, token, device);
      if (answer.status !== 200)
        throw new Error(`round ${round}: ${answer.status} ${JSON.stringify(answer.body)}`);
      token = String(answer.body.refresh_token);
      const nowLeft = Number(answer.body.refresh_token_expires_in);
      expect(nowLeft).toBeLessThanOrEqual(left);
      left = Math.min(nowLeft, 7 * 86_400);
    }
    expect(await counterOf(session_id)).toBe(1000);
    const [session] = await service.container.sessions.listLive((await userIdOf(session_id)) ?? "");
    expect(session?.expiresAt.getTime()).toBeGreaterThanOrEqual(before + lifetime * 1000);
    expect(session?.expiresAt.getTime()).toBeLessThanOrEqual(born + lifetime * 1000);
    const last = await refresh(service, token, device);
    expect(last.status).toBe(200);
    service.clock.advance(born / 1000 + lifetime - service.clock.now().getTime() / 1000 + 1);
    const dead = await refresh(service, String(last.body.refresh_token), device);
    expect([dead.status, dead.body.error]).toEqual([401, "token_expired"]);
    expect((await me(service, String(last.body.access_token), device)).status).toBe(401);
  });
});

it("idle expiry: a week without a refresh ends it; a refresh just before does not", async () => {
  const tokens = await service.signIn("ada");
  service.clock.advance(7 * 86_400 - 60);
  const kept = await refresh(service, tokens.refresh_token);
  expect(kept.status).toBe(200);
  service.clock.advance(7 * 86_400 + 1);
  const dead = await refresh(service, String(kept.body.refresh_token));
  expect([dead.status, dead.body.error]).toEqual([401, "token_expired"]);
});

it.each([
  ["absolute", "REFRESH_ABSOLUTE_LIFETIME", 10],
  ["idle", "REFRESH_IDLE_LIFETIME", 60],
])("an access token does not outlive its session's %s end", async (_end, setting, leftInSeconds) => {
  const short = await service.another({ [setting]: "60" });
  short.clock.stop();
  try {
    const tokens = await short.signIn("ada");
    const { exp = 0, iat = 0 } = decodeJwt(tokens.access_token);
    expect(exp - iat).toBe(tokens.expires_in);
    expect([59, 60]).toContain(tokens.expires_in);
    short.clock.advance(50);
    const { body } = await short.call("/api/auth/refresh-token", {
      json: { refresh_token: tokens.refresh_token },
    });
    expect([leftInSeconds - 1, leftInSeconds]).toContain(body.expires_in);
    expect((await me(short, String(body.access_token))).status).toBe(200);
    short.clock.advance(leftInSeconds + 1);
    for (const token of [tokens.access_token, String(body.access_token)]) {
      const late = await me(short, token);
      expect([late.status, late.body.error]).toEqual([401, "token_expired"]);
    }
  } finally {
    await short.close();
  }
});

it("200 refreshes per session and minute; the 201st waits, and the session lives", async () => {
  const limited = await service.another({ LIMIT_REFRESHES: "200" });
  try {
    let { refresh_token: token } = await limited.signIn("ada");
    const other = await limited.signIn("ada");
    for (let count = 0; count < 200; count += 1) {
      const answer = await refresh(limited, token);
      expect(answer.status).toBe(200);
      token = String(answer.body.refresh_token);
    }
    const refused = await refresh(limited, token);
    expect([refused.status, refused.body.error]).toEqual([429, "too_many_attempts"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await refresh(limited, other.refresh_token)).status).toBe(200);
    expect((await refresh(service, token)).status).toBe(200);
  } finally {
    await limited.close();
  }
});
