import { decodeJwt } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Authenticator, type Choices } from "../../helpers/passkeys/authenticator";
import { addPasskey, callAs, login, newTicket, signInByPasskey } from "../../helpers/passkeys/steps";
import { newDevice, startService, type TestService, type Tokens } from "../../helpers/service";
import { openPhone, type SignedInPhone } from "../../helpers/steps/qr";
import { me } from "../../helpers/wire";

let service: TestService;
let owner: SignedInPhone;
let passkey: Authenticator;
let username: string;
let users = 0;

beforeAll(async () => {
  service = await startService({ CAPTCHA: "always" });
});
beforeEach(async () => {
  users += 1;
  username = `ada${users}`;
  await service.addUser(username);
  owner = await openPhone(service, username);
  passkey = new Authenticator();
  expect((await addPasskey(service, owner.tokens, owner.device, passkey)).status).toBe(201);
});
afterAll(() => service.close());

describe("signing in with a passkey", () => {
  it("opens a session that no phishing page could have opened, and asks for no captcha and no name", async () => {
    const device = await newDevice();
    const answer = await signInByPasskey(service, device, passkey);
    expect(answer.status).toBe(200);
    const tokens = answer.body as unknown as Tokens;
    expect(decodeJwt(tokens.access_token)).toMatchObject({ acr: "phr", amr: ["hwk", "user", "mfa"] });
    expect((await me(service, tokens.access_token, device)).body).toMatchObject({
      user: { username },
      session: { method: "passkey", device: { bound: true } },
    });
  });

  it("says of one that is on several devices that it can be copied", async () => {
    const synced = new Authenticator({ isBackedUp: true });
    await addPasskey(service, owner.tokens, owner.device, synced);
    const answer = await signInByPasskey(service, await newDevice(), synced);
    expect(decodeJwt(String(answer.body.access_token))).toMatchObject({
      acr: "phr",
      amr: ["swk", "user", "mfa"],
    });
  });

  it("makes the device known, as a password does, and notes when the passkey was used", async () => {
    const device = await newDevice();
    await signInByPasskey(service, device, passkey);
    const adaptive = await service.another({ CAPTCHA: "adaptive" });
    expect(await newTicket(adaptive, device)).toMatchObject({ captcha: { required: false } });
    expect(await newTicket(adaptive, await newDevice())).toMatchObject({ captcha: { required: true } });
    await adaptive.close();
    const { body } = await callAs(service, owner.tokens, owner.device, ["GET", "/api/auth/passkeys"]);
    expect(body.passkeys).toEqual([
      expect.objectContaining({ id: passkey.id, last_used_at: expect.any(Number) }),
    ]);
  });

  it.each<[string, Choices]>([
    ["a page of another origin", { origin: "https://evil.example" }],
    ["another port of the same host", { origin: "http://localhost:3001" }],
    ["another relying party", { rpId: "evil.example" }],
    ["a ceremony of another kind", { type: "webauthn.create" }],
    ["another challenge", { challenge: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }],
    ["no PIN and no finger", { isVerified: false }],
    ["nobody there", { isPresent: false }],
    ["copies, which it was not made for", { isBackedUp: true }],
    ["another account's handle", { userHandle: Buffer.from("somebody").toString("base64url") }],
  ])("with a signature for %s is refused like any wrong one", async (_, choices) => {
    const answer = await signInByPasskey(service, await newDevice(), passkey, choices);
    expect([answer.status, answer.body.error, answer.body.unknown_credential]).toEqual([
      401,
      "invalid_passkey",
      undefined,
    ]);
  });

  it("with a signature of another key under its ID is refused", async () => {
    const other = new Authenticator();
    const device = await newDevice();
    const { t, passkey_options } = await newTicket(service, device);
    const signed = other.get(passkey_options, { userHandle: passkey.userHandle });
    const forged = { ...signed, id: passkey.id, rawId: passkey.id };
    expect((await login(service, device, { t, passkey: forged })).body.error).toBe("invalid_passkey");
  });

  it("with a key that is not known says which, so that the browser can forget it", async () => {
    const unknown = new Authenticator();
    const userHandle = passkey.userHandle;
    const answer = await signInByPasskey(service, await newDevice(), unknown, { userHandle });
    expect([answer.status, answer.body.error, answer.body.unknown_credential]).toEqual([
      401,
      "invalid_passkey",
      unknown.id,
    ]);
  });

  it("works once for each challenge, of fifty at the same time, on two instances", async () => {
    const another = await service.another();
    const device = await newDevice();
    const { t, passkey_options } = await newTicket(service, device);
    const json = { t, passkey: passkey.get(passkey_options) };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => login(index % 2 === 0 ? service : another, device, json)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 200).map(({ body }) => body.error);
    expect(new Set(refused)).toEqual(new Set(["invalid_ticket"]));
    await another.close();
  });

  it("under a ticket of another device is refused", async () => {
    const device = await newDevice();
    const { t, passkey_options } = await newTicket(service, device);
    const answer = await login(service, await newDevice(), { t, passkey: passkey.get(passkey_options) });
    expect(answer.body.error).toBe("invalid_ticket");
  });

  it("to an account that was disabled is refused in the same words", async () => {
    await service.container.accounts.disable(username);
    const answer = await signInByPasskey(service, await newDevice(), passkey);
    expect([answer.status, answer.body.error]).toEqual([401, "invalid_passkey"]);
  });

  it("with a counter that goes back is refused, and noted: the key was copied", async () => {
    passkey.counter = 7;
    expect((await signInByPasskey(service, await newDevice(), passkey)).status).toBe(200);
    passkey.counter = 8;
    expect((await signInByPasskey(service, await newDevice(), passkey)).status).toBe(200);
    for (const counter of [8, 7, 0]) {
      passkey.counter = counter;
      expect((await signInByPasskey(service, await newDevice(), passkey)).body.error).toBe("invalid_passkey");
    }
    expect(service.log()).toContain("passkey_counter_back");
  });

  it("with a counter beyond what is kept signs in again and again", async () => {
    for (const counter of [2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32 - 1]) {
      passkey.counter = counter;
      expect((await signInByPasskey(service, await newDevice(), passkey)).status).toBe(200);
    }
    passkey.counter = 9;
    expect((await signInByPasskey(service, await newDevice(), passkey)).status).toBe(401);
  });

  it("with a counter that goes back is refused also to a copy that says it was meant to be one", async () => {
    passkey.counter = 7;
    expect((await signInByPasskey(service, await newDevice(), passkey)).status).toBe(200);
    const answer = await signInByPasskey(service, await newDevice(), passkey, {
      counter: 3,
      isBackedUp: true,
    });
    expect(answer.body.error).toBe("invalid_passkey");
    const synced = new Authenticator({ isBackedUp: true });
    await addPasskey(service, owner.tokens, owner.device, synced);
    const single = await signInByPasskey(service, await newDevice(), synced, { isBackedUp: false });
    expect(single.body.error).toBe("invalid_passkey");
  });

  it("with a counter that goes back is let in where copies are meant to be", async () => {
    const synced = new Authenticator({ isBackedUp: true });
    await addPasskey(service, owner.tokens, owner.device, synced);
    synced.counter = 7;
    expect((await signInByPasskey(service, await newDevice(), synced)).status).toBe(200);
    synced.counter = 3;
    expect((await signInByPasskey(service, await newDevice(), synced)).status).toBe(200);
  });

  it("counts in no limit of passwords: a name that too many wrong ones were tried on is open to its passkey", async () => {
    const asksNone = await service.another({ CAPTCHA: "off" });
    const device = await newDevice();
    let last = "";
    for (let count = 0; count < 20 && last !== "too_many_attempts"; count += 1) {
      const { t } = await newTicket(asksNone, device);
      last = String((await login(asksNone, device, { t, username, password: "wrong" })).body.error);
    }
    expect(last).toBe("too_many_attempts");
    expect((await signInByPasskey(asksNone, device, passkey)).status).toBe(200);
    await asksNone.close();
  });
});

describe("a step-up with a passkey", () => {
  const stepUp = async (with_: Authenticator) => {
    const { t, passkey_options } = await newTicket(service, owner.device);
    const json = { t, passkey: with_.get(passkey_options) };
    return callAs(service, owner.tokens, owner.device, ["POST", "/api/auth/step-up"], json);
  };

  it("opens account settings, and the next token says what was proven", async () => {
    const answer = await stepUp(passkey);
    expect([answer.status, answer.body]).toEqual([200, { expires_in: 600 }]);
  });

  it("of another account is refused", async () => {
    const ben = `ben${users}`;
    await service.addUser(ben);
    const other = await openPhone(service, ben);
    const passkeyOfBen = new Authenticator();
    await addPasskey(service, other.tokens, other.device, passkeyOfBen);
    expect((await stepUp(passkeyOfBen)).body.error).toBe("invalid_passkey");
  });
});
