import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Authenticator } from "../../helpers/passkeys/authenticator";
import { addPasskey, callAs, newTicket } from "../../helpers/passkeys/steps";
import { AuthenticatorApp } from "../../helpers/second-factor/app";
import { addApp, challengeOf, complete, signInWithApp } from "../../helpers/second-factor/steps";
import {
  newDevice,
  PASSWORD,
  proofHeader,
  startService,
  type TestService,
  type Tokens,
} from "../../helpers/service";
import { approvedQr, openPhone, redeem, type SignedInPhone } from "../../helpers/steps/qr";
import { storedBytes } from "../../helpers/steps/sign-in";

const TOTP = "/api/auth/totp";
const CODES = "/api/auth/recovery-codes";
const TRY = "/api/auth/second-factor/try";

let service: TestService;
let owner: SignedInPhone;
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
});
afterAll(() => service.close());

const callBy = ({ tokens, device }: SignedInPhone, method: string, path: string, json?: unknown) =>
  callAs(service, tokens, device, [method, path], json);
const call = (method: string, path: string, json?: unknown) => callBy(owner, method, path, json);
const security = async () => (await call("GET", "/api/auth/security")).body;
const stepUp = (json: object, by = owner) => callBy(by, "POST", "/api/auth/step-up", json);

/** A session of both factors, from just now. */
async function provenSession(app: AuthenticatorApp): Promise<SignedInPhone> {
  const device = await newDevice();
  const { body } = await signInWithApp(service, username, app, device);
  return { device, tokens: body as unknown as Tokens };
}

describe("an authenticator app", () => {
  it("counts once its first code is confirmed, and brings ten recovery codes", async () => {
    const before = await call("POST", TOTP);
    expect([before.status, before.body]).toEqual([
      200,
      {
        secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
        otpauth_uri: expect.stringContaining("otpauth://totp/localhost:"),
        expires_in: 900,
      },
    ]);
    const signsIn = () => service.signIn(username);
    await expect(signsIn()).resolves.toBeDefined();
    const app = new AuthenticatorApp(before.body.secret, service.clock);
    const confirmed = await call("POST", `${TOTP}/confirm`, { code: app.code() });
    expect(confirmed.body.recovery_codes).toHaveLength(10);
    await expect(signsIn()).rejects.toThrow("second_factor_required");
    expect(await security()).toEqual({
      password: { changed_at: expect.any(Number) },
      passkeys: [],
      totp: { since: expect.any(Number) },
      recovery_codes_left: 10,
      emails: [],
      sends_mail: false,
      second_factor: "optional",
    });
  });

  it("is not added by a wrong code, too late, by another session, or twice", async () => {
    const { body } = await call("POST", TOTP);
    const app = new AuthenticatorApp(body.secret, service.clock);
    const confirm = (code: string, by = owner) => callBy(by, "POST", `${TOTP}/confirm`, { code });
    expect((await confirm(app.wrongCode())).body.error).toBe("invalid_code");
    const other = await openPhone(service, username);
    expect((await confirm(app.codeAt(0), other)).status).toBe(404);
    const once = await Promise.all(Array.from({ length: 5 }, () => confirm(app.codeAt(0))));
    expect(once.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await security()).recovery_codes_left).toBe(10);
  });

  it("that was begun more than a quarter of an hour ago is not added", async () => {
    const { body } = await call("POST", TOTP);
    service.clock.advance(901);
    const again = await stepUpAnew();
    const app = new AuthenticatorApp(body.secret, service.clock);
    const answer = await callBy(again, "POST", `${TOTP}/confirm`, { code: app.code() });
    expect(answer.status).toBe(404);
  });

  it("takes the place of another one only once it is confirmed; the recovery codes stay", async () => {
    const { app, recoveryCodes } = await addApp(service, owner);
    const proven = await provenSession(app);
    const { body } = await callBy(proven, "POST", TOTP);
    expect((await signInWithApp(service, username, app)).status).toBe(200);
    const next = new AuthenticatorApp(body.secret, service.clock);
    const confirmed = await callBy(proven, "POST", `${TOTP}/confirm`, { code: next.code() });
    expect(confirmed.body).toEqual({});
    expect((await signInWithApp(service, username, app)).body.error).toBe("invalid_code");
    expect((await signInWithApp(service, username, next)).status).toBe(200);
    const challenge = await challengeOf(service, username);
    const byCode = await complete(service, { challenge, kind: "recovery_code", code: recoveryCodes[9] });
    expect(byCode.status).toBe(200);
  });

  it("is removed with the recovery codes, and the password alone signs in again", async () => {
    const { app } = await addApp(service, owner);
    const proven = await provenSession(app);
    expect((await callBy(proven, "DELETE", TOTP)).status).toBe(204);
    expect(await security()).toMatchObject({ totp: null, recovery_codes_left: 0 });
    await expect(service.signIn(username)).resolves.toBeDefined();
    expect((await callBy(proven, "DELETE", TOTP)).status).toBe(404);
  });

  it("is stored so that the database and the log show neither its secret nor a recovery code", async () => {
    const { app, recoveryCodes } = await addApp(service, owner);
    await signInWithApp(service, username, app);
    if (service.container.environment.storage.kind === "sqlite") {
      const stored = storedBytes(service).toString("latin1");
      for (const secret of [
        app.secret,
        ...recoveryCodes,
        ...recoveryCodes.map((code) => code.replaceAll("-", "")),
      ])
        expect(stored.includes(secret)).toBe(false);
    }
    for (const secret of [app.secret, ...recoveryCodes]) expect(service.log()).not.toContain(secret);
  });

  async function stepUpAnew(): Promise<SignedInPhone> {
    const device = await newDevice();
    return { device, tokens: await service.signIn(username, device) };
  }
});

describe("recovery codes", () => {
  it("are replaced as a set", async () => {
    const { app, recoveryCodes } = await addApp(service, owner);
    const { body } = await callBy(await provenSession(app), "POST", CODES);
    const codes = body.recovery_codes as string[];
    expect(codes).toHaveLength(10);
    expect(codes.some((code) => recoveryCodes.includes(code))).toBe(false);
    const use = async (code = "") =>
      complete(service, { challenge: await challengeOf(service, username), kind: "recovery_code", code });
    expect((await use(recoveryCodes[0])).body.error).toBe("invalid_code");
    expect((await use(codes[0])).status).toBe(200);
    expect((await security()).recovery_codes_left).toBe(9);
  });

  it("are for accounts that have something to lose", async () => {
    const answer = await call("POST", CODES);
    expect([answer.status, answer.body.error]).toEqual([400, "invalid_request"]);
  });

  it("of which two are used at the same moment are both used", async () => {
    const { recoveryCodes } = await addApp(service, owner);
    const answers = await Promise.all(
      recoveryCodes
        .slice(0, 3)
        .map(async (code) =>
          complete(service, { challenge: await challengeOf(service, username), kind: "recovery_code", code }),
        ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await security()).recovery_codes_left).toBe(7);
  });
});

describe("a code that is only tried", () => {
  it("is right, and still good", async () => {
    const { app, recoveryCodes } = await addApp(service, owner);
    const code = app.code();
    for (const json of [
      { kind: "totp", code },
      { kind: "recovery_code", code: recoveryCodes[0] },
    ]) {
      expect((await call("POST", TRY, json)).status).toBe(204);
      expect((await call("POST", TRY, json)).status).toBe(204);
      const challenge = await challengeOf(service, username);
      expect((await complete(service, { challenge, ...json })).status).toBe(200);
      expect((await call("POST", TRY, json)).body.error).toBe("invalid_code");
    }
  });

  it("counts as a guess when it is wrong, for this session alone", async () => {
    const { app } = await addApp(service, owner);
    const tries = await Promise.all(
      Array.from({ length: 40 }, () => call("POST", TRY, { kind: "totp", code: app.wrongCode() })),
    );
    expect(tries.filter(({ body }) => body.error === "invalid_code")).toHaveLength(5);
    expect(tries.filter(({ status }) => status === 429)).toHaveLength(35);
    expect((await signInWithApp(service, username, app)).status).toBe(200);
  });
});

describe("how somebody signs in", () => {
  const changes = (by: SignedInPhone) =>
    Promise.all(
      (
        [
          ["POST", TOTP],
          ["POST", CODES],
          ["DELETE", TOTP],
          ["POST", "/api/auth/passkeys/options"],
          ["DELETE", "/api/auth/passkeys/some"],
          ["PATCH", "/api/auth/passkeys/some"],
        ] as const
      ).map(([method, path]) => callBy(by, method, path, method === "PATCH" ? { name: "Mine" } : undefined)),
    );

  it("is changed only within ten minutes of a proof", async () => {
    service.clock.advance(200);
    expect((await call("POST", TOTP)).status).toBe(200);
    const { access_token } = (await refreshed()).tokens;
    expect(access_token).toBeDefined();
    service.clock.advance(200);
    const late = await refreshed();
    service.clock.advance(201);
    for (const { status, body } of await changes(late))
      expect([status, body.error, body.acr_values, body.max_age]).toEqual([
        403,
        "step_up_required",
        "sfa",
        600,
      ]);
    expect((await stepUp({ password: PASSWORD }, late)).status).toBe(200);
    expect((await callBy(late, "POST", TOTP)).status).toBe(200);
  });

  it("takes both factors of an account that has two: neither the password nor a code alone", async () => {
    const { app } = await addApp(service, owner);
    const refused = async () => {
      for (const { status, body } of await changes(owner))
        expect([status, body.error, body.acr_values]).toEqual([403, "step_up_required", "mfa"]);
    };
    await refused();
    expect((await stepUp({ password: PASSWORD })).status).toBe(200);
    await refused();
    expect((await stepUp({ kind: "totp", code: app.code() })).status).toBe(200);
    await refused();
    const both = await stepUp({ password: PASSWORD, kind: "totp", code: app.code() });
    expect([both.status, both.body]).toEqual([200, { expires_in: 600 }]);
    expect((await call("POST", CODES)).status).toBe(200);
  });

  it("is opened by a passkey too", async () => {
    const { app } = await addApp(service, owner);
    const passkey = new Authenticator();
    const proven = await provenSession(app);
    await addPasskey(service, proven.tokens, proven.device, passkey);
    const { t, passkey_options } = await newTicket(service, owner.device);
    expect((await stepUp({ t, passkey: passkey.get(passkey_options) })).status).toBe(200);
    expect((await call("POST", CODES)).status).toBe(200);
  });

  it("opens the settings of a session that a phone approved, by a code alone, as any one factor does", async () => {
    const { app } = await addApp(service, owner);
    const computer = await approvedQr(service, await provenSession(app));
    const tokens = (await redeem(service, computer)).body as unknown as Tokens;
    const by = { tokens, device: computer.device };
    const rename = () => callBy(by, "PATCH", "/api/auth/me", { display_name: "Ada" });
    expect((await rename()).body.error).toBe("step_up_required");
    expect((await stepUp({ kind: "totp", code: app.wrongCode() }, by)).body.error).toBe("invalid_code");
    expect((await stepUp({ kind: "totp", code: app.code() }, by)).status).toBe(200);
    expect((await rename()).status).toBe(200);
  });

  async function refreshed(): Promise<SignedInPhone> {
    const path = "/api/auth/refresh-token";
    const answer = await service.call(path, {
      json: { refresh_token: owner.tokens.refresh_token },
      headers: await proofHeader(owner.device, "POST", path, service.clock),
    });
    owner = { ...owner, tokens: answer.body as unknown as Tokens };
    return owner;
  }
});

describe("the owner", () => {
  const notices = async (by: SignedInPhone) => {
    const { body } = await callBy(by, "GET", "/api/auth/notices");
    return (body.notices as { type: string }[])
      .map(({ type }) => type)
      .filter((type) => type !== "new_sign_in");
  };

  it("hears on every device of each change, and of a recovery code that was used", async () => {
    const { app, recoveryCodes } = await addApp(service, owner);
    const challenge = await challengeOf(service, username);
    await complete(service, { challenge, kind: "recovery_code", code: recoveryCodes[0] });
    const proven = await provenSession(app);
    const passkey = new Authenticator();
    await addPasskey(service, proven.tokens, proven.device, passkey);
    await callBy(proven, "DELETE", `/api/auth/passkeys/${passkey.id}`);
    await callBy(proven, "POST", CODES);
    await callBy(proven, "DELETE", TOTP);
    const heard = await notices(owner);
    expect(heard.sort()).toEqual([
      "passkey_added",
      "passkey_removed",
      "recovery_code_used",
      "recovery_codes_made",
      "totp_added",
      "totp_removed",
    ]);
  });

  it("hears of it when the operator takes the second factors off, and signs in without them", async () => {
    const { app } = await addApp(service, owner);
    const { accountAdministration, secondFactors } = service.container;
    const account = await accountAdministration.require(username);
    expect(await secondFactors.removeAll(account, "operator")).toBe(true);
    expect(await secondFactors.removeAll(account, "operator")).toBe(false);
    expect(await notices(owner)).toContain("second_factors_removed");
    await expect(service.signIn(username)).resolves.toBeDefined();
    const json = { kind: "totp", code: app.code() };
    expect((await call("POST", TRY, json)).body.error).toBe("invalid_code");
  });
});
