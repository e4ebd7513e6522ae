import { decodeJwt } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Authenticator } from "../../helpers/passkeys/authenticator";
import { addPasskey, callAs } from "../../helpers/passkeys/steps";
import { AuthenticatorApp } from "../../helpers/second-factor/app";
import { addApp, challengeOf, complete, signInWithApp } from "../../helpers/second-factor/steps";
import {
  type Device,
  newDevice,
  PASSWORD,
  proofHeader,
  startService,
  type TestService,
} from "../../helpers/service";
import { openPhone } from "../../helpers/steps/qr";
import { attempt } from "../../helpers/steps/sign-in";

const ENROL = "/api/auth/second-factor/enrol";

let service: TestService;
let device: Device;
let username: string;
let users = 0;

beforeAll(async () => {
  service = await startService({ SECOND_FACTOR: "required" });
});
beforeEach(async () => {
  users += 1;
  username = `ada${users}`;
  await service.addUser(username);
  device = await newDevice();
});
afterAll(() => service.close());

const login = (on = service) => attempt(on, username, PASSWORD, { device });
async function enrol(challenge: unknown, by = device) {
  return service.call(ENROL, {
    json: { challenge },
    headers: await proofHeader(by, "POST", ENROL, service.clock),
  });
}

describe("where a second factor is required and missing, a right password", () => {
  it("opens nothing but the adding of an app, whose first code completes the sign-in", async () => {
    const { status, body } = await login();
    expect([status, body.error, body.kinds, body.expires_in]).toEqual([
      401,
      "second_factor_required",
      ["enrol"],
      900,
    ]);
    const begun = await enrol(body.challenge);
    expect(begun.body).toMatchObject({ expires_in: 900, otpauth_uri: expect.stringContaining("otpauth:") });
    const app = new AuthenticatorApp(begun.body.secret, service.clock);
    const done = await complete(
      service,
      { challenge: body.challenge, kind: "enrol", code: app.code() },
      { device },
    );
    expect(done.status).toBe(200);
    expect(done.body.recovery_codes).toHaveLength(10);
    expect(decodeJwt(String(done.body.access_token))).toMatchObject({ acr: "mfa" });
    expect((await login()).body.kinds).toEqual(["totp", "recovery_code"]);
    expect((await signInWithApp(service, username, app, device)).status).toBe(200);
  });

  it("is not completed by a code that was never begun, a wrong one, or as another kind", async () => {
    const { body } = await login();
    const { challenge } = body;
    const answer = (json: object) => complete(service, { challenge, ...json }, { device });
    expect((await answer({ kind: "enrol", code: "000000" })).status).toBe(404);
    const begun = await enrol(challenge);
    const app = new AuthenticatorApp(begun.body.secret, service.clock);
    expect((await answer({ kind: "totp", code: app.code() })).body.error).toBe("invalid_ticket");
    const wrong = await answer({ kind: "enrol", code: app.wrongCode() });
    expect([wrong.body.error, wrong.body.attempts_left]).toEqual(["invalid_code", 3]);
    expect((await answer({ kind: "enrol", code: app.code() })).status).toBe(200);
  });

  it("lets only the device that entered it add the app", async () => {
    const { body } = await login();
    expect((await enrol(body.challenge, await newDevice())).body.error).toBe("invalid_ticket");
  });

  it("counts a passkey of the account as its second factor", async () => {
    const phone = await openPhone(service, username);
    const passkey = new Authenticator();
    expect((await addPasskey(service, phone.tokens, phone.device, passkey)).status).toBe(201);
    const { body } = await login();
    expect(body.kinds).toEqual(["passkey"]);
    const signed = passkey.get(body.passkey_options as { challenge: string });
    const { challenge } = body;
    const answer = await complete(service, { challenge, kind: "passkey", passkey: signed }, { device });
    expect(answer.status).toBe(200);
  });
});

describe("SECOND_FACTOR", () => {
  it.each([
    ["required:owner,admin", "user", 200],
    ["required:owner, admin", "admin", 401],
    ["required:user", "user", 401],
    ["optional", "owner", 200],
    ["off", "owner", 200],
  ] as const)("%s asks an account of role %s without an app: %d", async (SECOND_FACTOR, role, status) => {
    await service.container.accountAdministration.setRoles(username, [role], "may_go");
    const other = await service.another({ SECOND_FACTOR });
    expect((await login(other)).status).toBe(status);
    await other.close();
  });

  it("off asks nobody, also who has an app, and lets nobody add one", async () => {
    const phone = await openPhone(service, username);
    await addApp(service, phone);
    await expect(challengeOf(service, username)).resolves.toBeDefined();
    const other = await service.another({ SECOND_FACTOR: "off" });
    expect((await login(other)).status).toBe(200);
    const added = await callAs(other, phone.tokens, phone.device, ["POST", "/api/auth/totp"]);
    expect([added.status, added.body.error]).toEqual([403, "forbidden"]);
    await other.close();
  });

  it.each(["sometimes", "required:", "required:boss", "required:owner,boss", "optional:owner"])(
    "%s stops the start with a sentence that names it",
    async (SECOND_FACTOR) => {
      await expect(service.another({ SECOND_FACTOR })).rejects.toThrow("SECOND_FACTOR: has to be off");
    },
  );
});
