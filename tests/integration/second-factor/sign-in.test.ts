import { decodeJwt } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Authenticator } from "../../helpers/passkeys/authenticator";
import { addPasskey, callAs, signInByPasskey } from "../../helpers/passkeys/steps";
import type { AuthenticatorApp } from "../../helpers/second-factor/app";
import { addApp, challengeOf, complete, signInWithApp } from "../../helpers/second-factor/steps";
import {
  type Device,
  newDevice,
  PASSWORD,
  proofHeader,
  startService,
  type TestService,
} from "../../helpers/service";
import { openPhone, type SignedInPhone } from "../../helpers/steps/qr";
import { attempt, getTicket, tally, times } from "../../helpers/steps/sign-in";

let service: TestService;
let owner: SignedInPhone;
let device: Device;
let app: AuthenticatorApp;
let recoveryCodes: string[];
let username: string;
let users = 0;

beforeAll(async () => {
  service = await startService();
});
beforeEach(async () => {
  users += 1;
  username = `ada${users}`;
  await service.addUser(username);
  owner = await openPhone(service, username);
  device = await newDevice();
  ({ app, recoveryCodes } = await addApp(service, owner));
});
afterAll(() => service.close());

const challenge = (by: Device | undefined = device) => challengeOf(service, username, { device: by });
const answerWith = (json: object, by: Device | undefined = device) => complete(service, json, { device: by });

describe("a right password of an account with an authenticator app", () => {
  it("opens nothing, and says what completes it", async () => {
    const answer = await attempt(service, username, PASSWORD, { device });
    expect([answer.status, answer.body]).toEqual([
      401,
      expect.objectContaining({
        error: "second_factor_required",
        challenge: expect.stringMatching(/^[\w-]{43}$/),
        expires_in: 300,
        kinds: ["totp", "recovery_code"],
      }),
    ]);
    expect(answer.body.passkey_options).toBeUndefined();
    expect(answer.body.access_token).toBeUndefined();
    expect(answer.headers.get("set-cookie")).toBeNull();
  });

  it("leaves a line in the audit log, with nothing in it that could complete the sign-in", async () => {
    const lines = () =>
      service
        .log()
        .split("\n")
        .filter((line) => line.includes('"second_factor_required"'));
    const before = lines().length;
    const held = await challenge();
    const added = lines().slice(before);
    expect(added).toEqual([expect.stringMatching(/sign_in_refused/)]);
    expect(added[0]).not.toContain(held);
  });

  it("is completed by a code of the app, and the tokens say that there were two factors", async () => {
    const answer = await signInWithApp(service, username, app, device);
    expect(answer.status).toBe(200);
    expect(decodeJwt(String(answer.body.access_token))).toMatchObject({
      acr: "mfa",
      amr: ["pwd", "otp", "mfa"],
    });
    expect(answer.body.recovery_codes).toBeUndefined();
    const tokens = answer.body as unknown as SignedInPhone["tokens"];
    const { body } = await callAs(service, tokens, device, ["GET", "/api/auth/sessions"]);
    const shown = (body.sessions as { current: boolean; amr: string[] }[]).map(({ amr }) => amr);
    expect(shown).toEqual([["pwd", "otp", "mfa"], ["pwd"]]);
  });

  it("is completed by a recovery code once, however it is typed", async () => {
    const [code = ""] = recoveryCodes;
    const typed = code.toLowerCase().replaceAll("-", " ");
    const first = await answerWith({ challenge: await challenge(), kind: "recovery_code", code: typed });
    expect(first.status).toBe(200);
    const again = await answerWith({ challenge: await challenge(), kind: "recovery_code", code });
    expect([again.status, again.body.error, again.body.attempts_left]).toEqual([401, "invalid_code", 4]);
  });

  it("is completed by a passkey of the account, and then no phishing page could have done it", async () => {
    const passkey = new Authenticator();
    await addPasskeyAfterProof(passkey);
    const { body } = await attempt(service, username, PASSWORD, { device });
    expect(body.kinds).toEqual(["totp", "passkey", "recovery_code"]);
    const signed = passkey.get(body.passkey_options as { challenge: string });
    const answer = await answerWith({ challenge: body.challenge, kind: "passkey", passkey: signed });
    expect(decodeJwt(String(answer.body.access_token))).toMatchObject({
      acr: "phr",
      amr: ["pwd", "hwk", "user", "mfa"],
    });
  });

  it("is not completed by a passkey of another account", async () => {
    await addPasskeyAfterProof(new Authenticator());
    const ben = `ben${users}`;
    await service.addUser(ben);
    const other = await openPhone(service, ben);
    const passkey = new Authenticator();
    await addPasskey(service, other.tokens, other.device, passkey);
    const { body } = await attempt(service, username, PASSWORD, { device });
    const signed = passkey.get(body.passkey_options as { challenge: string });
    const answer = await answerWith({ challenge: body.challenge, kind: "passkey", passkey: signed });
    expect([answer.status, answer.body.error]).toEqual([401, "invalid_passkey"]);
  });

  it("is never asked for more after a passkey with user verification", async () => {
    const passkey = new Authenticator();
    await addPasskeyAfterProof(passkey);
    expect((await signInByPasskey(service, await newDevice(), passkey)).status).toBe(200);
  });

  it("does not make the device known before the second step", async () => {
    await challenge();
    const adaptive = await service.another({ CAPTCHA: "adaptive" });
    expect((await getTicket(adaptive, { device })).captcha.required).toBe(true);
    await answerWith({ challenge: await challenge(), kind: "totp", code: app.code() });
    expect((await getTicket(adaptive, { device })).captcha.required).toBe(false);
    await adaptive.close();
  });
});

describe("a challenge", () => {
  it("serves only the device that entered the password", async () => {
    const mine = await challenge();
    const code = app.code();
    for (const other of [await newDevice(), undefined]) {
      const stolen = await complete(service, { challenge: mine, kind: "totp", code }, { device: other });
      expect([stolen.status, stolen.body.error]).toEqual([400, "invalid_ticket"]);
    }
    expect((await answerWith({ challenge: mine, kind: "totp", code })).status).toBe(200);
  });

  it("serves once", async () => {
    const mine = await challenge();
    expect((await answerWith({ challenge: mine, kind: "totp", code: app.code() })).status).toBe(200);
    const again = await answerWith({ challenge: mine, kind: "recovery_code", code: recoveryCodes[0] });
    expect(again.body.error).toBe("invalid_ticket");
  });

  it("ends after five minutes", async () => {
    const mine = await challenge();
    service.clock.advance(301);
    expect((await answerWith({ challenge: mine, kind: "totp", code: app.code() })).body.error).toBe(
      "invalid_ticket",
    );
  });

  it("ends with the password that began it, and with the account", async () => {
    const [first, second] = [await challenge(), await challenge()];
    await service.container.accounts.disable(username);
    const code = app.code();
    expect((await answerWith({ challenge: first, kind: "totp", code })).body.error).toBe("invalid_ticket");
    await service.container.accounts.enable(username);
    await service.container.accounts.resetPassword(username, "another good pass phrase");
    expect((await answerWith({ challenge: second, kind: "totp", code })).body.error).toBe("invalid_ticket");
  });

  it("stays ended when the account that was disabled is enabled again, and another account's goes on", async () => {
    const mine = await challenge();
    const other = `ben${users}`;
    await service.addUser(other);
    const theirs = await openPhone(service, other);
    const { app: theirApp } = await addApp(service, theirs);
    const going = await challengeOf(service, other, { device });
    await service.container.accounts.disable(username);
    await service.container.accounts.enable(username);
    const answer = await answerWith({ challenge: mine, kind: "totp", code: app.code() });
    expect([answer.status, answer.body.error]).toEqual([400, "invalid_ticket"]);
    expect((await answerWith({ challenge: going, kind: "totp", code: theirApp.code() })).status).toBe(200);
  });

  it.each([
    ["is closed", (name: string) => service.container.accounts.disable(name)],
    [
      "gets another password",
      (name: string) => service.container.accounts.resetPassword(name, "another good pass phrase"),
    ],
  ])(
    "does not come when the account %s between the check of its password and the challenge",
    async (_, act) => {
      const { accounts, secondFactors } = service.container;
      // The account was read, and its password is right.
      const kindsFor = vi.spyOn(secondFactors, "kindsFor").mockImplementationOnce(async () => {
        await act(username);
        return ["totp"];
      });
      const { status, body } = await attempt(service.first, username, PASSWORD, { device });
      kindsFor.mockRestore();
      expect([status, body.error]).toEqual([401, "invalid_credentials"]);
      expect(body).not.toHaveProperty("challenge");
      await accounts.enable(username);
    },
  );

  it("is no ticket, no token and no enrolment", async () => {
    const mine = await challenge();
    const asTicket = await service.call("/api/auth/login", {
      json: { t: mine, username, password: PASSWORD },
    });
    expect(asTicket.body.error).toBe("invalid_ticket");
    const asEnrolment = await answerWith({ challenge: mine, kind: "enrol", code: app.code() });
    expect(asEnrolment.body.error).toBe("invalid_ticket");
    const path = "/api/auth/second-factor/enrol";
    const headers = await proofHeader(device, "POST", path, service.clock);
    const enrol = await service.call(path, { json: { challenge: mine }, headers });
    expect(enrol.body.error).toBe("invalid_ticket");
  });

  it("is ended by five wrong codes, and the right one comes too late", async () => {
    await knowThisDevice();
    const mine = await challenge();
    const left: unknown[] = [];
    for (let count = 0; count < 5; count += 1) {
      const { body } = await answerWith({
        challenge: mine,
        kind: "recovery_code",
        code: "0000-0000-0000-0000",
      });
      left.push(body.attempts_left ?? body.error);
      service.clock.advance(20);
    }
    expect(left).toEqual([4, 3, 2, 1, 0]);
    const right = await answerWith({ challenge: mine, kind: "totp", code: app.code() });
    expect(right.body.error).toBe("invalid_ticket");
  });

  it("lets five codes be looked at, of fifty at once", async () => {
    const mine = await challenge();
    const code = app.wrongCode();
    const answers = await times(50, () => answerWith({ challenge: mine, kind: "totp", code }));
    expect(tally(answers).invalid_code).toBeLessThanOrEqual(5);
    const right = await answerWith({ challenge: mine, kind: "totp", code: app.code() });
    expect([400, 429]).toContain(right.status);
  });

  it("is completed again on a device that was forgotten with many wrong codes to its name", async () => {
    const recover = async (code: unknown) =>
      answerWith({ challenge: await challenge(), kind: "recovery_code", code });
    expect((await recover(recoveryCodes[0])).status).toBe(200);
    for (let n = 0; n < 5; n += 1) expect((await recover("0000-0000-0000-0000")).status).toBe(401);
    expect((await recover(recoveryCodes[1])).status).toBe(429);
    await service.container.accounts.resetPassword(username, PASSWORD);
    expect((await recover(recoveryCodes[1])).status).toBe(200);
    expect((await recover(recoveryCodes[2])).status).toBe(200);
  });
});

async function knowThisDevice() {
  expect((await signInWithApp(service, username, app, device)).status).toBe(200);
}

/** The account's own settings want both factors by now. */
async function addPasskeyAfterProof(passkey: Authenticator) {
  const by = await newDevice();
  const answer = await signInWithApp(service, username, app, by);
  const tokens = answer.body as unknown as SignedInPhone["tokens"];
  expect((await addPasskey(service, tokens, by, passkey)).status).toBe(201);
}
