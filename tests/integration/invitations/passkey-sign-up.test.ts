import { decodeJwt } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  askForOptions,
  joinByPasskey,
  type Newcomer,
  optionsOf,
  prepare,
  sendPasskey,
} from "../../helpers/invitations/passkey-steps";
import { Authenticator, type Choices } from "../../helpers/passkeys/authenticator";
import { callAs, signInByPasskey } from "../../helpers/passkeys/steps";
import { newDevice, startService, type TestService, type Tokens } from "../../helpers/service";
import { getTicket, send, tally, tallyOfAnswered, times } from "../../helpers/steps/sign-in";

const PASSWORD = "copper lantern meadow twelve";
const dead = { status: 403, body: { error: "invalid_invitation" } };
const unusable = { status: 401, body: { error: "invalid_passkey" } };
const taken = { status: 409, body: { error: "username_taken" } };

let service: TestService;
let second: TestService;
let count = 0;
let newcomer: Newcomer;

beforeAll(async () => {
  service = await startService({ LIMIT_ADDRESS_FAILURES: "100000" });
  second = await service.another();
  await service.addUser("olive");
});
beforeEach(async () => {
  count += 1;
  newcomer = { code: await newCode(), username: `grace${count}`, device: await newDevice() };
});
afterAll(async () => {
  await second.close();
  await service.close();
});

async function newCode(wanted: { uses?: number } = {}): Promise<string> {
  return (await service.container.invitations.make(wanted, "operator")).code;
}
const join = (passkey = new Authenticator(), choices?: Choices, wanted: Partial<Newcomer> = {}) =>
  joinByPasskey(service, { ...newcomer, ...wanted }, passkey, choices);
const accountOf = (username = newcomer.username) => service.container.accounts.findByUsername(username);
const passkeysOf = async (username = newcomer.username) =>
  service.container.passkeys.list((await accountOf(username))?.id ?? "");
const instance = (index: number) => (index % 2 ? second : service);

describe("somebody who is invited and makes a passkey", () => {
  it("has an account with it and without a password, and is signed in as strongly as by a passkey", async () => {
    const answer = await join(new Authenticator({ isBackedUp: true }));
    expect(answer).toMatchObject({ status: 201, body: { token_type: "DPoP" } });
    expect(decodeJwt(String(answer.body.access_token))).toMatchObject({
      acr: "phr",
      amr: ["swk", "user", "mfa"],
    });
    expect(await accountOf()).toMatchObject({ passwordHash: null, roles: ["user"] });
    const tokens = answer.body as unknown as Tokens;
    const security = await callAs(service, tokens, newcomer.device, ["GET", "/api/auth/security"]);
    expect(security.body).toMatchObject({ password: null, passkeys: [{ name: "Passkey", backed_up: true }] });
    const { sessions } = (await callAs(service, tokens, newcomer.device, ["GET", "/api/auth/sessions"])).body;
    expect(sessions).toMatchObject([{ method: "passkey", current: true }]);
  });

  it("signs in with it afterwards, from another browser too", async () => {
    const passkey = new Authenticator();
    await join(passkey);
    expect((await signInByPasskey(service, newcomer.device, passkey)).status).toBe(200);
    expect((await signInByPasskey(second, await newDevice(), passkey)).status).toBe(200);
  });

  it("is told the names and the ID of the account that will be theirs", async () => {
    const options = await optionsOf(service, newcomer);
    expect(options).toMatchObject({
      rp: { id: "localhost" },
      user: { name: newcomer.username, displayName: newcomer.username },
      excludeCredentials: [],
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      attestation: "none",
    });
    await sendPasskey(service, newcomer, new Authenticator().create(options));
    const account = await accountOf();
    expect(Buffer.from(options.user.id, "base64url").toString()).toBe(account?.id);
    expect(account?.id).toMatch(/^[\w-]{22}$/);
  });

  it("needs no second step where a second factor is required: a passkey is both", async () => {
    const strict = await startService({ SECOND_FACTOR: "required" });
    const { code } = await strict.container.invitations.make({ roles: ["admin"] }, "operator");
    const answer = await joinByPasskey(strict, { ...newcomer, code }, new Authenticator());
    expect(answer.status).toBe(201);
    const tokens = answer.body as unknown as Tokens;
    expect((await callAs(strict, tokens, newcomer.device, ["GET", "/api/auth/me"])).status).toBe(200);
    await strict.close();
  });

  it("leaves a row in the trail that names the invitation and the passkey", async () => {
    const passkey = new Authenticator();
    await join(passkey);
    const { audit } = service.container;
    const [created] = await audit.list({ since: new Date(0), limit: 1, types: ["account_created"] });
    expect(created).toMatchObject({ userId: (await accountOf())?.id, detail: { passkey: passkey.id } });
    expect(created?.detail.invitation).toMatch(/^[\w-]{22}$/);
  });

  it("gets the refresh token in a cookie where that is asked for", async () => {
    const options = await optionsOf(service, newcomer);
    const json = { delivery: "cookie", invitation: newcomer.code, username: newcomer.username };
    const sender = { device: newcomer.device, headers: { origin: "http://localhost:3000" } };
    const passkey = new Authenticator().create(options);
    const answer = await send(service, "POST", "/api/auth/sign-up", { ...json, passkey }, sender);
    expect([answer.status, answer.body.refresh_token]).toEqual([201, undefined]);
    expect(answer.headers.getSetCookie().length).toBeGreaterThan(0);
  });
});

describe("before the browser makes a passkey", () => {
  it.each([
    ["a name with a space", { username: "grace hopper" }, 400, "invalid_request"],
    ["a name that is taken", { username: "OLIVE" }, 409, "username_taken"],
    ["an invitation of nobody", { invitation: "AAAAAAAAAAAAAAAAAAAAAA" }, 403, "invalid_invitation"],
    ["a ticket of nobody", { t: "never-was" }, 400, "invalid_ticket"],
  ])("%s is refused", async (_, wanted, status, error) => {
    const { t } = await getTicket(service, newcomer);
    const json = { t, invitation: newcomer.code, username: newcomer.username, ...wanted };
    const answer = await send(service, "POST", "/api/auth/sign-up/options", json, newcomer);
    expect(answer).toMatchObject({ status, body: { error } });
  });

  it("each question whether a name is taken costs a ticket, and a dead invitation says nothing of names", async () => {
    const { t } = await getTicket(service, newcomer);
    const ask = (wanted: object) =>
      send(service, "POST", "/api/auth/sign-up/options", { t, ...wanted }, newcomer);
    const of = { invitation: newcomer.code, username: "olive" };
    expect(await ask({ ...of, invitation: "AAAAAAAAAAAAAAAAAAAAAA" })).toMatchObject(dead);
    expect(await ask(of)).toMatchObject(taken);
    expect((await ask({ ...of, username: "henry" })).body.error).toBe("invalid_ticket");
  });

  it("a captcha is asked for, and nothing is used up", async () => {
    const strict = await startService({ CAPTCHA: "always" });
    const { code } = await strict.container.invitations.make({}, "operator");
    const asked = await askForOptions(strict, { ...newcomer, code });
    expect(asked).toMatchObject({ status: 400, body: { error: "captcha_required" } });
    await strict.close();
  });

  it("a service at an address without a name says that there can be none", async () => {
    const bare = await startService({ APP_URL: "https://192.0.2.7" });
    const { code } = await bare.container.invitations.make({}, "operator");
    const { t } = await getTicket(bare);
    const json = { t, invitation: code, username: newcomer.username };
    const answer = await send(bare, "POST", "/api/auth/sign-up/options", json);
    expect(answer).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    await bare.close();
  });
});

describe("a passkey that is sent", () => {
  it.each<[string, Choices]>([
    ["for a page of another origin", { origin: "https://evil.example" }],
    ["for another relying party", { rpId: "evil.example" }],
    ["as one that has signed in", { type: "webauthn.get" }],
    ["for a challenge of nobody", { challenge: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }],
    ["without PIN and finger", { isVerified: false }],
    ["without anybody there", { isPresent: false }],
  ])("%s makes no account and keeps the invitation", async (_, choices) => {
    expect(await join(new Authenticator(), choices)).toMatchObject(unusable);
    expect(await accountOf()).toBeUndefined();
    expect((await join()).status).toBe(201);
  });

  it("makes no account of another name, with another invitation or from another device than was asked for", async () => {
    const options = await optionsOf(service, newcomer);
    const passkey = new Authenticator().create(options);
    for (const change of [{ username: "mallory" }, { code: await newCode() }, { device: await newDevice() }])
      expect(await sendPasskey(service, { ...newcomer, ...change }, passkey)).toMatchObject(unusable);
    expect((await sendPasskey(service, newcomer, passkey)).status).toBe(201);
  });

  it("for the challenge of a sign-in, or of a session's own new passkey, makes no account", async () => {
    const { passkey_options: ofSignIn } = (await getTicket(service, newcomer)) as unknown as {
      passkey_options: { challenge: string };
    };
    const tokens = await service.signIn("olive", newcomer.device);
    const asked = await callAs(service, tokens, newcomer.device, ["POST", "/api/auth/passkeys/options"]);
    for (const { challenge } of [ofSignIn, asked.body.options as { challenge: string }])
      expect(await join(new Authenticator(), { challenge })).toMatchObject(unusable);
  });

  it("five minutes later makes none", async () => {
    const other = await startService();
    const { code } = await other.container.invitations.make({}, "operator");
    const options = await optionsOf(other, { ...newcomer, code });
    other.clock.advance(301);
    const late = await sendPasskey(other, { ...newcomer, code }, new Authenticator().create(options));
    expect(late).toMatchObject(unusable);
    await other.close();
  });

  it("by an invitation that was revoked or renewed meanwhile makes none", async () => {
    const { invitations } = service.container;
    for (const change of ["revoke", "renew"] as const) {
      const made = await invitations.make({}, "operator");
      const by = { ...newcomer, code: made.code };
      const options = await optionsOf(service, by);
      if (change === "revoke") await invitations.revoke(made.invitation.id, "operator");
      else await invitations.renew(made.invitation.id, undefined, "operator");
      expect(await sendPasskey(service, by, new Authenticator().create(options))).toMatchObject(dead);
    }
    expect(await accountOf()).toBeUndefined();
  });

  it("that another account has makes none, and leaves that account its passkey", async () => {
    const passkey = new Authenticator();
    await join(passkey);
    const other = { ...newcomer, username: `${newcomer.username}-other`, code: await newCode() };
    expect(await joinByPasskey(service, other, passkey)).toMatchObject(unusable);
    expect(await accountOf(other.username)).toBeUndefined();
    expect((await joinByPasskey(service, other, new Authenticator())).status).toBe(201);
  });

  it("beside a password is what counts", async () => {
    const options = await optionsOf(service, newcomer);
    const { t } = await getTicket(service, newcomer);
    const passkey = new Authenticator().create(options);
    const answer = await sendPasskey(service, newcomer, passkey, { t, password: PASSWORD });
    expect(answer.status).toBe(201);
    expect((await accountOf())?.passwordHash).toBeNull();
  });
});

describe("at once", () => {
  it("fifty with an invitation for three make three accounts, each with its passkey, on two instances", async () => {
    const code = await newCode({ uses: 3 });
    const named = (index: number) => ({ ...newcomer, code, username: `${newcomer.username}-${index}` });
    const all = await prepare(service, 50, named);
    const answers = await Promise.all(
      all.map(({ one, passkey }, index) => sendPasskey(instance(index), one, passkey)),
    );
    const { "201": joined, ...others } = tallyOfAnswered(answers);
    expect([joined, Object.keys(others)]).toEqual([3, ["invalid_invitation"]]);
    const made = await Promise.all(all.map(({ one }) => passkeysOf(one.username)));
    expect(made.filter((keys) => keys.length === 1)).toHaveLength(3);
    const accounts = await service.container.accounts.list();
    expect(accounts.filter(({ username }) => username.startsWith(`${newcomer.username}-`))).toHaveLength(3);
  });

  it("fifty times the same make one account with one passkey, and one session", async () => {
    const code = await newCode({ uses: 50 });
    const one = { ...newcomer, code };
    const passkey = new Authenticator().create(await optionsOf(service, one));
    const answers = await times(50, (index) => sendPasskey(instance(index), one, passkey));
    expect(tally(answers)).toEqual({ "201": 1, invalid_passkey: 49 });
    expect(await passkeysOf()).toHaveLength(1);
  });

  it("twenty of one name make one account, and leave no passkey without one", async () => {
    const code = await newCode({ uses: 20 });
    const all = await prepare(service, 20, async () => ({ ...newcomer, code, device: await newDevice() }));
    const answers = await Promise.all(
      all.map(({ one, passkey }, index) => sendPasskey(instance(index), one, passkey)),
    );
    expect(tallyOfAnswered(answers)).toMatchObject({ "201": 1, username_taken: expect.any(Number) });
    expect(await passkeysOf()).toHaveLength(1);
  });

  it("two with one passkey and invitations of their own: one has it, and the other no account", async () => {
    const passkey = new Authenticator();
    const named = async (index: number) => {
      const username = `${newcomer.username}-${index}`;
      return { ...newcomer, code: await newCode(), username };
    };
    const all = await prepare(service, 10, named, () => passkey);
    const answers = await Promise.all(
      all.map(({ one, passkey: created }, index) => sendPasskey(instance(index), one, created)),
    );
    expect(tally(answers)).toEqual({ "201": 1, invalid_passkey: 9 });
    const accounts = await service.container.accounts.list();
    expect(accounts.filter(({ username }) => username.startsWith(`${newcomer.username}-`))).toHaveLength(1);
  });
});

describe("whose answer was lost", () => {
  it("is refused when it is sent again, and signs in with the passkey that it made", async () => {
    const passkey = new Authenticator();
    const code = await newCode({ uses: 2 });
    const one = { ...newcomer, code };
    const created = passkey.create(await optionsOf(service, one));
    expect((await sendPasskey(service, one, created)).status).toBe(201);
    expect(await sendPasskey(service, one, created)).toMatchObject(unusable);
    expect((await signInByPasskey(service, newcomer.device, passkey)).status).toBe(200);
    expect(await passkeysOf()).toHaveLength(1);
  });

  it("hears of its own name that it is taken, or of a used invitation that it is dead", async () => {
    const code = await newCode({ uses: 2 });
    await join(new Authenticator(), {}, { code });
    expect(await askForOptions(service, { ...newcomer, code })).toMatchObject(taken);
    await join(new Authenticator(), {}, { code, username: `${newcomer.username}-second` });
    expect(await askForOptions(service, { ...newcomer, code })).toMatchObject(dead);
  });

  it("is not let in by a password that is sent for the same name", async () => {
    await join();
    const { t } = await getTicket(service, newcomer);
    const json = { t, invitation: newcomer.code, username: newcomer.username, password: PASSWORD };
    expect(await send(service, "POST", "/api/auth/sign-up", json, newcomer)).toMatchObject(dead);
    expect((await accountOf())?.passwordHash).toBeNull();
  });
});
