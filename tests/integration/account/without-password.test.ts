import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { withoutPassword } from "../../helpers/invitations/passkey-steps";
import { administrator, callAs as callAsAdministrator } from "../../helpers/invitations/steps";
import { Authenticator } from "../../helpers/passkeys/authenticator";
import { addPasskey, callAs, newTicket, signInByPasskey } from "../../helpers/passkeys/steps";
import { newDevice, proofHeader, startService, type TestService, type Tokens } from "../../helpers/service";
import { attempt, encrypt, getTicket, send, tally, times } from "../../helpers/steps/sign-in";

const FIRST = "copper lantern meadow twelve";
const PASSWORD_PATH = "/api/auth/password";

let service: TestService;
let second: TestService;
let name = "";
let count = 0;
let grace: Awaited<ReturnType<typeof withoutPassword>>;

beforeAll(async () => {
  service = await startService({ LIMIT_ADDRESS_FAILURES: "100000" });
  second = await service.another();
});
beforeEach(async () => {
  count += 1;
  name = `grace${count}`;
  grace = await withoutPassword(service, name);
});
afterAll(async () => {
  await second.close();
  await service.close();
});

const as = (method: string, path: string, json?: unknown, by = service) =>
  callAs(by, grace.tokens, grace.device, [method, path], json);
const setFirst = (new_password = FIRST, by = service) => as("POST", PASSWORD_PATH, { new_password }, by);
const remove = (passkey: Authenticator, by = service) =>
  as("DELETE", `/api/auth/passkeys/${passkey.id}`, undefined, by);
const security = async () => (await as("GET", "/api/auth/security")).body;

/** The session with new tokens, once its sign-in is too long ago to change how the account signs in. */
async function afterAWhile() {
  service.clock.advance(601);
  const path = "/api/auth/refresh-token";
  const headers = await proofHeader(grace.device, "POST", path, service.clock);
  const { body } = await service.call(path, { headers, json: { refresh_token: grace.tokens.refresh_token } });
  grace = { ...grace, tokens: body as unknown as Tokens };
}
async function stepUp() {
  const { t, passkey_options } = await newTicket(service, grace.device);
  return as("POST", "/api/auth/step-up", { t, passkey: grace.passkey.get(passkey_options) });
}

describe("an account without a password", () => {
  it("refuses every password as a wrong one: also the empty hash, and in the same words as nobody's", async () => {
    const [wrong, nobody] = [await attempt(service, name, FIRST), await attempt(service, "nobody", FIRST)];
    expect(wrong.status).toBe(401);
    expect(wrong.body).toEqual({ ...nobody.body, request_id: wrong.body.request_id });
    for (const password of [" ", "null", "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA"])
      expect((await attempt(service, name, password)).body.error).toBe("invalid_credentials");
  });

  it("lets nobody guess for ever at the password that it has not", async () => {
    const answers = [];
    for (let round = 0; round < 8; round += 1)
      answers.push(await attempt(service, name, `${FIRST} ${round}`));
    expect(tally(answers)).toMatchObject({ too_many_attempts: expect.any(Number) });
    expect((await signInByPasskey(service, await newDevice(), grace.passkey)).status).toBe(200);
  });

  it("takes no password for a step-up, and the passkey", async () => {
    await afterAWhile();
    expect(await as("POST", "/api/auth/step-up", { password: FIRST })).toMatchObject({
      ...{ status: 401, body: { error: "invalid_credentials" } },
    });
    expect((await stepUp()).status).toBe(200);
  });

  it("is seen by administrators as one without", async () => {
    const olive = await administrator(service, `olive${count}`);
    const { body } = await callAsAdministrator(service, olive, "GET", `/api/admin/users?query=${name}`);
    const [found] = body.users as { id: string }[];
    const detail = await callAsAdministrator(service, olive, "GET", `/api/admin/users/${found?.id}`);
    expect(detail.body).toMatchObject({ username: name, password_changed_at: null, passkeys: 1 });
  });

  it("gets a first one by a recovery link, and keeps its passkey", async () => {
    const account = await service.container.accounts.findByUsername(name);
    if (!account) throw new Error("there is no such account");
    const { resetToken } = await service.container.recovery.issue(account, "operator");
    const json = { reset_token: resetToken, password: FIRST };
    expect((await send(service, "POST", "/api/auth/recovery/complete", json)).status).toBe(204);
    expect((await attempt(service, name, FIRST)).status).toBe(200);
    expect((await signInByPasskey(service, grace.device, grace.passkey)).status).toBe(200);
  });

  it("gets a first one by the operator's command", async () => {
    await service.container.accounts.resetPassword(name, FIRST);
    expect((await attempt(service, name, FIRST)).status).toBe(200);
  });
});

describe("a first password", () => {
  it("is set within ten minutes of the passkey, and signs in", async () => {
    expect((await setFirst()).status).toBe(204);
    expect((await attempt(service, name, FIRST)).status).toBe(200);
    expect(await security()).toMatchObject({ password: { changed_at: expect.any(Number) } });
  });

  it("is set encrypted under a ticket, too", async () => {
    const { t, encryption_jwk } = await getTicket(service, grace);
    const credentials = await encrypt(encryption_jwk, { new_password: FIRST, t });
    expect((await as("POST", PASSWORD_PATH, { t, credentials })).status).toBe(204);
    expect((await attempt(service, name, FIRST)).status).toBe(200);
    expect((await as("POST", PASSWORD_PATH, { t, credentials })).status).toBe(400);
  });

  it("later takes the passkey once more, and no code in its place", async () => {
    const { recovery_codes } = (await as("POST", "/api/auth/recovery-codes")).body as {
      recovery_codes: string[];
    };
    await afterAWhile();
    const refused = { status: 403, body: { error: "step_up_required", acr_values: "phr" } };
    expect(await setFirst()).toMatchObject(refused);
    const json = { kind: "recovery_code", code: recovery_codes[0] };
    expect((await as("POST", "/api/auth/step-up", json)).status).toBe(200);
    expect(await setFirst()).toMatchObject(refused);
    expect((await stepUp()).status).toBe(200);
    expect((await setFirst()).status).toBe(204);
  });

  it("keeps the rules of every password", async () => {
    expect(await setFirst("password")).toMatchObject({ status: 400, body: { error: "weak_password" } });
    expect((await security()).password).toBeNull();
  });

  it("ends the other sessions, as every change does", async () => {
    const other = await newDevice();
    const { body } = await signInByPasskey(service, other, grace.passkey);
    await setFirst();
    const me = await callAs(service, body as unknown as Tokens, other, ["GET", "/api/auth/me"]);
    expect(me.status).toBe(401);
    expect((await as("GET", "/api/auth/me")).status).toBe(200);
  });

  it("is one of ten that are set at once, on two instances", async () => {
    const answers = await times(10, (index) => setFirst(`${FIRST} ${index}`, index % 2 ? second : service));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    // Who comes after it has to give the one that is set.
    const others = answers.filter(({ status }) => status !== 204);
    for (const { body } of others) expect(["invalid_credentials", "invalid_request"]).toContain(body.error);
  });

  it("is no way around the password of an account that has one", async () => {
    await setFirst();
    const answer = await setFirst("another good pass phrase");
    expect(answer).toMatchObject({ status: 400, body: { error: "invalid_request", field: "old_password" } });
    expect((await attempt(service, name, FIRST)).status).toBe(200);
  });

  it("takes no old one: there is none", async () => {
    const json = { old_password: "", new_password: FIRST };
    expect((await as("POST", PASSWORD_PATH, json)).status).toBe(400);
    const guess = { old_password: FIRST, new_password: `${FIRST} two` };
    expect((await as("POST", PASSWORD_PATH, guess)).body.error).toBe("invalid_credentials");
  });
});

describe("the last passkey", () => {
  const refused = { status: 409, body: { error: "last_credential" } };

  it("of an account without a password stays", async () => {
    expect(await remove(grace.passkey)).toMatchObject(refused);
    expect((await signInByPasskey(service, grace.device, grace.passkey)).status).toBe(200);
  });

  it("may go once there is a password", async () => {
    await setFirst();
    expect((await remove(grace.passkey)).status).toBe(204);
  });

  it("is whichever is left of ten that are deleted at once, on two instances", async () => {
    const keys = [grace.passkey, ...Array.from({ length: 9 }, () => new Authenticator())];
    for (const key of keys.slice(1)) await addPasskey(service, grace.tokens, grace.device, key);
    const answers = await Promise.all(keys.map((key, index) => remove(key, index % 2 ? second : service)));
    expect(tally(answers)).toEqual({ "204": 9, last_credential: 1 });
    expect((await security()).passkeys).toHaveLength(1);
  });

  it("is not found by another account, and not named as the last", async () => {
    const other = await withoutPassword(service, `${name}-other`);
    expect(await remove(other.passkey)).toMatchObject({ status: 404, body: { error: "not_found" } });
  });
});
