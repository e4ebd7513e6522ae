import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Authenticator } from "../helpers/passkeys/authenticator";
import { addPasskey, login, newTicket } from "../helpers/passkeys/steps";
import { addApp, challengeOf, complete } from "../helpers/second-factor/steps";
import { type Answer, newDevice, PASSWORD, startService, type TestService } from "../helpers/service";
import { askForCode, finish, siteCookieOf, start, verify } from "../helpers/steps/hand-over";
import { confirm, createQr, enterCode, scan, signedInPhone } from "../helpers/steps/qr";
import { attempt, times } from "../helpers/steps/sign-in";

/** Three instances on one PostgreSQL, in one process; what serves once is asked for at all of them at the same moment. */
const SITE = "http://localhost:8081";
const FAR = "198.51.100.7";
let each: readonly TestService[];
/** Calls go to one after the other. */
let spread: TestService;

beforeAll(async () => {
  const first = await startService({ PROTECTED_SITES: SITE });
  each = [first, await first.another(), await first.another()];
  let turn = 0;
  spread = Object.create(first, {
    call: {
      value: (...values: Parameters<TestService["call"]>) =>
        (each[turn++ % each.length] as TestService).call(...values),
    },
  });
  for (const name of ["ada", "ben", "mallory"]) await first.addUser(name);
});
afterAll(async () => {
  for (const service of [...(each ?? [])].reverse()) await service.close();
});

const CONTENDERS = 21;
const tally = (answers: readonly Answer[]) => {
  const told = answers.map(({ status, body }) => `${status} ${body.error ?? ""}`.trim()).sort();
  return Object.fromEntries(
    [...new Set(told)].map((one) => [one, told.filter((each) => each === one).length]),
  );
};

describe("at three instances at once", () => {
  it("the six digits of a QR code are tried: five tries in all, and then the right ones are refused at each", async () => {
    const mallory = await signedInPhone(spread, "mallory");
    const computer = await createQr(spread);
    const claim = await scan(spread, mallory, computer, { address: FAR });
    const code = Number(claim.body.code);
    const answers = await times(CONTENDERS, (index) =>
      enterCode(spread, computer, String((code + 1 + index) % 1_000_000).padStart(6, "0")),
    );
    expect(tally(answers)).toEqual({ "400 code_mismatch": 5, "429 too_many_attempts": CONTENDERS - 5 });
    for (const at of each) expect((await enterCode(at, computer, claim.body.code)).status).toBe(429);
    expect((await confirm(spread, mallory, claim)).body.error).toBe("code_required");
  });

  it("a passkey's answer to one challenge signs in once", async () => {
    const device = await newDevice();
    const passkey = new Authenticator();
    const tokens = await spread.signIn("ada", device);
    expect((await addPasskey(spread, tokens, device, passkey)).status).toBe(201);
    const { t, passkey_options } = await newTicket(spread, device);
    const json = { t, passkey: passkey.get(passkey_options) };
    const answers = await times(CONTENDERS, () => login(spread, device, json));
    expect(tally(answers)).toEqual({ "200": 1, "400 invalid_ticket": CONTENDERS - 1 });
  });

  it("one code of an authenticator app, and one recovery code, each complete one of many sign-ins", async () => {
    const { app, recoveryCodes } = await addApp(spread, await signedInPhone(spread, "ben"));
    const code = app.code();
    for (const json of [
      { kind: "totp", code },
      { kind: "recovery_code", code: recoveryCodes[0] },
    ]) {
      const challenges = await times(3, () => challengeOf(spread, "ben"));
      const answers = await Promise.all(
        challenges.map((challenge, index) => complete(each[index] as TestService, { challenge, ...json })),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    }
  });

  it("the code that leads back to a protected site makes one cookie, and each instance takes that", async () => {
    const { device, tokens } = await signedInPhone(spread, "ada");
    const started = await start(spread, SITE);
    const { body } = await askForCode(spread, { device, tokens }, SITE, started.state);
    const form = { code: body.code, state: started.state };
    const answers = await times(CONTENDERS, () => finish(spread, SITE, form, { cookie: started.cookie }));
    const cookies = answers.map(siteCookieOf).filter((cookie) => cookie !== "");
    expect(cookies).toHaveLength(1);
    for (const at of each) expect((await verify(at, SITE, { cookie: String(cookies[0]) })).status).toBe(200);
  });

  it("an approved device code is exchanged for tokens once", async () => {
    const [first] = each as [TestService, ...TestService[]];
    await first.container.clientAdministration.add({
      ...{ id: "television", name: "A television", kind: "public", audience: null },
      ...{ requiresBinding: false, grants: ["device_code", "refresh_token"] },
    });
    const client = { client_id: "television" };
    const asked = await spread.call("/oauth/device_authorization", { form: client });
    const qrId = new URL(String(asked.body.verification_uri_complete)).pathname.split("/").at(-1);
    const phone = await signedInPhone(spread, "mallory");
    const claim = await scan(spread, phone, { qrId } as Parameters<typeof scan>[2]);
    expect((await confirm(spread, phone, claim)).status).toBe(204);
    const form = {
      ...client,
      grant_type: "urn:ietf:params:oauth:grant-type:device_code",
      device_code: String(asked.body.device_code),
    };
    const answers = await times(CONTENDERS, () => spread.call("/oauth/token", { form }));
    const given = answers.filter(({ status }) => status === 200);
    expect(given).toHaveLength(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400]));
    const [tokens] = given;
    for (const at of each) {
      const headers = { authorization: `Bearer ${tokens?.body.access_token}` };
      expect((await at.call("/api/auth/me", { headers })).status).toBe(200);
    }
  });

  it("an account signs in with the right password: all succeed, and no wait is left behind", async () => {
    await (each[0] as TestService).addUser("cleo");
    for (let round = 0; round < 3; round += 1) {
      const statuses = (await times(18, () => attempt(spread, "cleo", PASSWORD))).map(({ status }) => status);
      expect(statuses).toEqual(statuses.map(() => 200));
      for (const at of each) expect((await attempt(at, "cleo", PASSWORD)).status).toBe(200);
    }
  });
});
