import { decodeJwt } from "jose";
import * as oauth from "openid-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { authenticationOf } from "../../../src/modules/sessions";
import { createVerifier, type Verifier } from "../../../src/verify";
import { approveOnPhone, discover } from "../../helpers/oauth";
import {
  type Answer,
  APP_URL,
  bearer,
  newDevice,
  PASSWORD,
  startService,
  type TestService,
  type Tokens,
} from "../../helpers/service";
import { approvedQr, byPhone, redeem, type SignedInPhone, signedInPhone } from "../../helpers/steps/qr";
import { reasonOf, refresh } from "../../helpers/wire";

let service: TestService;

beforeEach(async () => {
  service = await startService();
  await service.addUser("ada");
  service.clock.stop();
});
afterEach(() => service.close());

const seconds = () => Math.floor(service.clock.now().getTime() / 1000);
const authenticationIn = (token: string) => {
  const { acr, amr, auth_time } = decodeJwt(token);
  return { acr, amr, auth_time };
};
const tokensIn = (answer: Answer) => answer.body as unknown as Tokens;

async function signedInByQr(): Promise<SignedInPhone> {
  const computer = await approvedQr(service, await signedInPhone(service, "ada"));
  return { device: computer.device, tokens: tokensIn(await redeem(service, computer)) };
}
const stepUp = (who: SignedInPhone) => byPhone(service, who, "/api/auth/step-up", { password: PASSWORD });
const renewed = async ({ device, tokens }: SignedInPhone): Promise<SignedInPhone> => ({
  device,
  tokens: tokensIn(await refresh(service, tokens.refresh_token, device)),
});
const told = (who: SignedInPhone) => authenticationIn(who.tokens.access_token);

describe("access tokens say how and when their user was authenticated", () => {
  it("by a password, bound and not", async () => {
    const expected = { acr: "sfa", amr: ["pwd"], auth_time: seconds() };
    expect(authenticationIn((await service.signIn("ada")).access_token)).toEqual(expected);
    expect(authenticationIn((await service.signIn("ada", await newDevice())).access_token)).toEqual(expected);
  });

  it("by a code that a phone approved: nothing of the phone's password", async () => {
    expect(told(await signedInByQr())).toEqual({ acr: "sfa", amr: ["qr"], auth_time: seconds() });
  });

  it("by a registered client's code, and introspection says the same of the access token and its refresh token", async () => {
    const client = await discover(service, "reports", { kind: "confidential" });
    const asked = await oauth.initiateDeviceAuthorization(client, {});
    await approveOnPhone(service, await signedInPhone(service, "ada"), asked);
    const tokens = await oauth.pollDeviceAuthorizationGrant(client, asked);
    const expected = { acr: "sfa", amr: ["qr"], auth_time: seconds() };
    expect(authenticationIn(tokens.access_token)).toEqual(expected);
    for (const token of [tokens.access_token, String(tokens.refresh_token)])
      expect(await oauth.tokenIntrospection(client, token)).toMatchObject({ active: true, ...expected });
  });

  it("and a refresh moves none of it, on either face, however often", async () => {
    const { refresh_token: first, access_token } = await service.signIn("ada");
    const before = authenticationIn(access_token);
    let token = first;
    for (let round = 0; round < 3; round += 1) {
      service.clock.advance(3600);
      const answer = await service.call("/api/trpc/auth.refresh", { json: { refresh_token: token } });
      const { data: tokens } = answer.body.result as { data: Tokens };
      expect(authenticationIn(tokens.access_token)).toEqual(before);
      token = tokens.refresh_token;
    }
    // A retry, whose answer was lost, as well.
    expect(authenticationIn(tokensIn(await refresh(service, token)).access_token)).toEqual(before);
  });
});

describe("a step-up", () => {
  it("by password of a session made by QR reaches pwd, and the next tokens say so", async () => {
    const qr = await signedInByQr();
    service.clock.advance(100);
    expect((await stepUp(qr)).status).toBe(200);
    const expected = { acr: "sfa", amr: ["qr", "pwd"], auth_time: seconds() };
    service.clock.advance(100);
    expect(told(await renewed(qr))).toEqual(expected);
  });

  it("of a session made by password moves auth_time", async () => {
    const device = await newDevice();
    const who = { device, tokens: await service.signIn("ada", device) };
    service.clock.advance(200);
    expect((await stepUp(who)).status).toBe(200);
    expect(told(await renewed(who))).toEqual({ acr: "sfa", amr: ["pwd"], auth_time: seconds() });
  });

  it("changes its own session and no other", async () => {
    const [qr, other] = [await signedInByQr(), await signedInByQr()];
    const before = told(other);
    service.clock.advance(60);
    await stepUp(qr);
    expect(told(await renewed(other))).toEqual(before);
  });

  it("leaves the session its idle and its absolute end", async () => {
    const qr = await signedInByQr();
    const { sessions } = service.container;
    const ends = async () => {
      const session = await sessions.findByRefreshToken(qr.tokens.refresh_token);
      return [session?.idleExpiresAt, session?.expiresAt, session?.idleLifetimeInSeconds];
    };
    const before = await ends();
    await stepUp(qr);
    expect(await ends()).toEqual(before);
  });

  it("ten at once, on two instances: all succeed and agree", async () => {
    const qr = await signedInByQr();
    const second = await service.another();
    try {
      const { sessions } = service.container;
      const session = await sessions.findByRefreshToken(qr.tokens.refresh_token);
      if (!session) throw new Error("there is no session");
      await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          (n % 2 ? second : service).container.sessions.stepUp(session, ["pwd"]),
        ),
      );
      const after = await sessions.findByRefreshToken(qr.tokens.refresh_token);
      expect(after && authenticationOf(after)).toEqual({
        acr: "sfa",
        amr: ["qr", "pwd"],
        auth_time: seconds(),
      });
    } finally {
      await second.close();
    }
  });
});

describe("what a session that a phone approved may not do", () => {
  it.each(["/api/auth/password", "/api/trpc/account.changePassword"])(
    "says at %s what would be enough",
    async (path) => {
      const json = { old_password: PASSWORD, new_password: "an entirely new password" };
      const answer = await byPhone(service, await signedInByQr(), path, json);
      expect([answer.status, reasonOf(answer)]).toEqual([403, "step_up_required"]);
      expect(answer.headers.get("www-authenticate")).toBe(
        'DPoP algs="ES256", error="insufficient_user_authentication", acr_values="sfa", max_age="600"',
      );
      const { error } = answer.body as { error: string | { data: object } };
      expect(typeof error === "string" ? answer.body : error.data).toMatchObject({
        acr_values: "sfa",
        max_age: 600,
      });
    },
  );
});

describe("how long a session may idle", () => {
  const WEEK = 7 * 86_400;

  it("is in its row: what is set later holds for later sign-ins", async () => {
    const before = await service.signIn("ada");
    const shorter = await service.another({ REFRESH_IDLE_LIFETIME: "3600" });
    try {
      const renewal = await refresh(service, before.refresh_token, undefined, shorter);
      expect(renewal.body.refresh_token_expires_in).toBe(WEEK);
      const later = await shorter.signIn("ada");
      expect((await refresh(service, later.refresh_token)).body.refresh_token_expires_in).toBe(3600);
    } finally {
      await shorter.close();
    }
  });

  it("is a day after an approval by phone, also after a step-up", async () => {
    const qr = await signedInByQr();
    await stepUp(qr);
    const renewal = await refresh(service, qr.tokens.refresh_token, qr.device);
    expect(renewal.body.refresh_token_expires_in).toBe(86_400);
  });
});

describe("countersign/verify, by real tokens", () => {
  let verifier: Verifier;
  beforeEach(() => {
    verifier = createVerifier({
      issuer: APP_URL,
      audience: APP_URL,
      origin: "https://api.example.com",
      fetch: async (url) => service.api(new Request(url), { address: null }),
      now: () => service.clock.now().getTime(),
    });
  });
  const ask = (by: Verifier, token: string) =>
    by
      .verify({ method: "GET", path: "/", authorization: `Bearer ${token}`, proof: null })
      .catch(({ code }) => code);

  it("lets a token in until it is too old, however often it is renewed, and again after a step-up", async () => {
    let tokens = await service.signIn("ada");
    const sudo = verifier.requiring({ acrValues: ["sfa"], maxAgeInSeconds: 600 });
    expect(await ask(sudo, tokens.access_token)).toMatchObject({ acr: "sfa", amr: ["pwd"] });
    service.clock.advance(601);
    tokens = tokensIn(await refresh(service, tokens.refresh_token));
    expect(await ask(sudo, tokens.access_token)).toBe("insufficient_user_authentication");
    expect(await ask(verifier, tokens.access_token)).toMatchObject({ userId: expect.any(String) });
    await service.call("/api/auth/step-up", {
      headers: bearer(tokens.access_token),
      json: { password: PASSWORD },
    });
    tokens = tokensIn(await refresh(service, tokens.refresh_token));
    expect(await ask(sudo, tokens.access_token)).toMatchObject({ authenticatedAt: seconds() });
  });

  it("lets nobody in who was not authenticated by two factors, where they are wanted", async () => {
    const { access_token } = await service.signIn("ada");
    const strict = verifier.requiring({ acrValues: ["mfa"] });
    expect(await ask(strict, access_token)).toBe("insufficient_user_authentication");
  });
});
