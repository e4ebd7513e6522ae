import { readFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { drawn } from "../../helpers/noted-captcha";
import { callAs } from "../../helpers/passkeys/steps";
import { AuthenticatorApp } from "../../helpers/second-factor/app";
import {
  APP_URL,
  bearer,
  boundHeaders,
  newDevice,
  proofHeader,
  startService,
  type TestService,
  type Tokens,
} from "../../helpers/service";
import {
  byComputer,
  byPhone,
  confirm,
  createQr,
  deny,
  enterCode,
  openPhone,
  redeem,
  type SignedInPhone,
  scan,
} from "../../helpers/steps/qr";
import { encrypt, getTicket, login, send, storedBytes } from "../../helpers/steps/sign-in";

/** Six digits each: looked for by themselves, because times and sizes have digits too. */
const matchCodes: string[] = [];

vi.mock("../../../src/modules/captcha/image", async (importActual) => {
  const { noteAnswers } = await import("../../helpers/noted-captcha");
  return noteAnswers(await importActual());
});

const PLANTED = {
  password: "canary-password 7f3e1b9a mit Umlaut ä",
  wrongPassword: "canary-wrong-password-55d0c2",
  newPassword: "canary-new-password-1c99ee",
  cookie: "canary-cookie-8821aa",
};

let service: TestService;
/** Each secret that came to be, by what it is. */
let secrets: Map<string, string>;
/** Bodies of refusals: what must not repeat what was sent. */
let refusals: string[];

const keep = (name: string, value: unknown) => {
  if (typeof value === "string" && value.length >= 5) secrets.set(name, value);
};

beforeEach(async () => {
  service = await startService({ CAPTCHA: "always" });
  secrets = new Map(Object.entries(PLANTED));
  refusals = [];
  drawn.length = 0;
  matchCodes.length = 0;
});

afterEach(() => service.close());

async function solved(captcha: { id: string }) {
  await service.call(`/api/auth/captcha?id=${captcha.id}`);
  const answer = drawn.at(-1) ?? "";
  return { id: captcha.id, kind: "image", answer };
}

async function tell(name: string, body: Record<string, unknown>): Promise<void> {
  keep(`access token of ${name}`, body.access_token);
  keep(`refresh token of ${name}`, body.refresh_token);
}

/** A sign-in by QR code with everything that can go wrong in it; each of its secrets also where it does not belong. */
async function signInByQr(phone: SignedInPhone): Promise<void> {
  const far = { address: "198.51.100.7" };
  const computer = await createQr(service);
  const { deviceCode, watchToken, userCode, qrId } = computer;
  keep("device code", deviceCode);
  keep("watch token", watchToken);
  keep("user code as it is shown", userCode);
  keep("user code as it is compared", userCode.replace("-", ""));
  await service
    .call(`/api/auth/qr/${qrId}/events?watch_token=${watchToken}&access_token=${watchToken}`)
    .then(refused);
  await service.call(`/api/auth/qr/token?device_code=${deviceCode}`, { json: {} }).then(refused);
  await service.call(`/api/trpc/qr.redeem?input={"device_code":"${deviceCode}"}`).then(refused);
  const stranger = await newDevice();
  const json = { device_code: deviceCode };
  await byComputer(service, stranger, "/api/auth/qr/token", json).then(refused);
  await byPhone(service, phone, "/api/auth/qr/scan", { user_code: `${userCode}X` }).then(refused);

  const scanned = await byPhone(service, phone, "/api/auth/qr/scan", { user_code: userCode }, far);
  expect(scanned.status).toBe(200);
  keep("ticket", scanned.body.ticket);
  matchCodes.push(String(scanned.body.code));
  await confirm(service, phone, scanned).then(refused);
  const path = `/api/auth/qr/confirm?ticket=${scanned.body.ticket}&code=${scanned.body.code}`;
  await byPhone(service, phone, path, {}).then(refused);
  await enterCode(service, computer, `${scanned.body.code}1`).then(refused);
  expect((await enterCode(service, computer, scanned.body.code)).status).toBe(204);
  await redeem(service, computer).then(refused);
  expect((await confirm(service, phone, scanned)).status).toBe(204);
  await confirm(service, phone, scanned).then(refused);
  await tell("the QR session", (await redeem(service, computer)).body);
  await redeem(service, computer).then(refused);
}

/** An app and its codes: each also where it does not belong. */
async function completeBothSteps(by: SignedInPhone): Promise<void> {
  const call = (path: string, json?: object) => callAs(service, by.tokens, by.device, ["POST", path], json);
  const begun = await call("/api/auth/totp");
  keep("secret of the app", begun.body.secret);
  const app = new AuthenticatorApp(begun.body.secret, service.clock);
  const confirm = "/api/auth/totp/confirm";
  await call(confirm, { code: `${begun.body.secret}` }).then(refused);
  const { body } = await call(confirm, { code: app.code() });
  const codes = body.recovery_codes as string[];
  for (const [index, code] of codes.entries()) {
    keep(`recovery code ${index}`, code);
    keep(`recovery code ${index} as it is compared`, code.replaceAll("-", ""));
  }
  const [used = "", left = ""] = codes;
  await call(`/api/auth/second-factor/try?code=${left}`, {}).then(refused);
  await call("/api/auth/step-up", { kind: "totp", code: left }).then(refused);
  const ticket = await getTicket(service);
  const captcha = await solved(ticket.captcha);
  const first = await login(service, { t: ticket.t, username: "ada", password: PLANTED.password, captcha });
  const { challenge } = first.body;
  keep("challenge", challenge);
  const second = "/api/auth/second-factor";
  const complete = (code: string) =>
    send(service, "POST", second, { challenge, kind: "recovery_code", code });
  await send(service, "POST", `${second}?challenge=${challenge}`, {}).then(refused);
  await complete(`${used}X`).then(refused);
  await tell("the session of two factors", (await complete(used)).body);
  await complete(left).then(refused);
  await call("/api/auth/step-up", { password: PLANTED.password, kind: "recovery_code", code: left });
  const headers = await boundHeaders(by.device, "DELETE", "/api/auth/totp", by.tokens.access_token);
  expect((await service.call("/api/auth/totp", { method: "DELETE", headers })).status).toBe(204);
}

/** Everything a service goes through in its life: set-up, sign-ins right and wrong, renewal, theft, faults, sign-out. */
async function live(): Promise<void> {
  const setupSecret = (await service.container.setupLink.renew()) ?? "";
  keep("set-up secret", setupSecret);
  await send(service, "POST", "/api/auth/setup", {
    secret: setupSecret,
    username: "ada",
    password: "short",
  }).then(refused);
  await send(service, "POST", "/api/auth/setup", {
    secret: setupSecret,
    username: "ada",
    password: PLANTED.password,
  });

  const device = await newDevice();
  const first = await getTicket(service, { device });
  keep("bound ticket", first.t);
  const captcha = await solved(first.captcha);
  const plain = { t: first.t, username: "ada", password: PLANTED.password };
  const credentials = await encrypt(first.encryption_jwk, plain);
  keep("credentials", credentials);
  const signedIn = await login(service, { t: first.t, credentials, captcha, delivery: "cookie" }, { device });
  expect(signedIn.status).toBe(200);
  await tell("the cookie session", signedIn.body);
  for (const [index, cookie] of signedIn.headers.getSetCookie().entries()) {
    keep(`sealed cookie ${index}`, cookie.split(";")[0]?.split("=")[1]);
  }
  const access = String(signedIn.body.access_token);
  await service.call("/api/auth/me", { headers: await boundHeaders(device, "GET", "/api/auth/me", access) });
  const { dpop = "" } = await proofHeader(device, "GET", "/api/auth/me", service.clock);
  keep("proof", dpop);
  await signInByQr({ device, tokens: signedIn.body as unknown as Tokens });
  await completeBothSteps({ device, tokens: signedIn.body as unknown as Tokens });

  const second = await getTicket(service);
  keep("open ticket", second.t);
  const body = {
    t: second.t,
    username: "ada",
    password: PLANTED.password,
    captcha: await solved(second.captcha),
  };
  const bearerSession = await login(service, body);
  await tell("the bearer session", bearerSession.body);
  const refresh = (token: unknown) =>
    send(service, "POST", "/api/auth/refresh-token", { refresh_token: token });
  const renewed = await refresh(bearerSession.body.refresh_token);
  await tell("the renewal", renewed.body);

  const headers = bearer(String(renewed.body.access_token));
  await service.call(`/api/auth/me?access_token=${renewed.body.access_token}`);
  await service.call(`/api/auth/me?access_token=${renewed.body.access_token}x`).then(refused);
  const change = { old_password: PLANTED.password, new_password: PLANTED.newPassword };
  await send(
    service,
    "POST",
    "/api/auth/password",
    { ...change, old_password: PLANTED.wrongPassword },
    { headers },
  ).then(refused);
  await send(service, "POST", "/api/auth/password", change, { headers });

  const wrong = await getTicket(service);
  const wrongCaptcha = await solved(wrong.captcha);
  await login(service, {
    t: wrong.t,
    username: "ada",
    password: PLANTED.wrongPassword,
    captcha: wrongCaptcha,
  }).then(refused);
  await login(service, { t: wrong.t, username: PLANTED.wrongPassword, password: "x" }).then(refused);
  await login(service, { t: wrong.t, credentials: `${credentials}x` }).then(refused);
  await service
    .call("/api/auth/login", {
      headers: { "content-type": "application/json" },
      body: `{"password":"${PLANTED.wrongPassword}"`,
    })
    .then(refused);
  await service
    .call("/api/auth/me", { headers: { authorization: `Bearer ${PLANTED.cookie}`, cookie: PLANTED.cookie } })
    .then(refused);
  await service
    .call("/api/trpc/auth.login", { json: { t: wrong.t, password: [PLANTED.wrongPassword] } })
    .then(refused);
  await service.call(`/api/trpc/auth.nothing?input=${PLANTED.wrongPassword}`).then(refused);

  service.clock.advance(40);
  await refresh(bearerSession.body.refresh_token).then(refused);
  await refresh(renewed.body.refresh_token).then(refused);

  // A database that another process holds: the refusals of storage are logged with their cause.
  const held = await getTicket(service);
  const heldCaptcha = await solved(held.captcha);
  const other = new Database(service.databaseFile);
  other.exec("BEGIN EXCLUSIVE");
  await login(service, {
    t: held.t,
    username: "ada",
    password: PLANTED.newPassword,
    captcha: heldCaptcha,
  }).then(refused);
  await service.call("/api/auth/get_t").then(refused);
  other.exec("ROLLBACK");
  other.close();
  keep("ticket while the database was held", held.t);
  await send(service, "POST", "/api/auth/logout", { refresh_token: renewed.body.refresh_token });
}

function refused(answer: { status: number; body: unknown }): void {
  expect(answer.status).toBeGreaterThanOrEqual(400);
  refusals.push(JSON.stringify(answer.body));
}

function findIn(haystack: Buffer): string[] {
  const text = haystack.toString("latin1");
  const codes = matchCodes.filter((code) => new RegExp(`(?<!\\d)${code}(?!\\d)`).test(text));
  const found = [...secrets].filter(([, secret]) => haystack.includes(secret)).map(([name]) => name);
  return [...found, ...codes.map(() => "six digits")];
}

describe("planted secrets", () => {
  beforeEach(live, 60_000);

  it("were all planted, so that finding none means something", () => {
    expect(secrets.size).toBeGreaterThanOrEqual(22);
    expect(matchCodes).toHaveLength(1);
    expect(findIn(Buffer.from(`{"code":"${matchCodes[0]}"}`))).toEqual(["six digits"]);
    expect(drawn.length).toBeGreaterThanOrEqual(4);
    expect(refusals.length).toBeGreaterThanOrEqual(22);
    expect(findIn(Buffer.from(`a log line with ${PLANTED.password} in it`))).toEqual(["password"]);
  });

  it("appear in no line of the log", () => {
    expect(service.log().length).toBeGreaterThan(1000);
    expect(findIn(Buffer.from(service.log()))).toEqual([]);
    for (const answer of drawn) expect(service.log()).not.toContain(answer);
  });

  it("appear in no byte of the database or its write-ahead log", () => {
    const stored = storedBytes(service);
    expect(stored.length).toBeGreaterThan(50_000);
    expect(stored.includes("ada")).toBe(true);
    expect(findIn(stored)).toEqual([]);
    expect(findIn(readFileSync(service.databaseFile))).toEqual([]);
    for (const answer of drawn) expect(stored.includes(answer)).toBe(false);
  });

  it("appear in no refusal", () => {
    expect(findIn(Buffer.from(refusals.join("\n")))).toEqual([]);
  });

  it("leave the installation's secret out of database and log", () => {
    const file = readFileSync(path.join(service.dataDir, "secrets"), "utf8");
    const secret = file.split(":")[1]?.trim() ?? "";
    expect(secret.length).toBeGreaterThan(40);
    for (const text of [storedBytes(service), Buffer.from(service.log())]) {
      expect(text.includes(secret)).toBe(false);
      expect(text.includes(Buffer.from(secret, "base64url"))).toBe(false);
    }
  });

  it("leave private keys sealed in the database", () => {
    expect(storedBytes(service).includes('"d":"')).toBe(false);
  });
});

describe("the log", () => {
  const evil = 'x\r\n{"level":30,"event":"signed_in","user":"forged"}\u2028\u0000\u001b[31m';

  it("writes one JSON line for each event, whatever names and headers contain", async () => {
    const off = await startService();
    await off.addUser("ada");
    const { t } = await getTicket(off);
    await login(off, { t, username: evil, password: "x" });
    // A browser cannot send a newline in a header; what it can send is tried.
    const agent = 'evil" {"level":60} %0d%0a\t{"event":"signed_in"}';
    const second = await getTicket(off);
    const body = { t: second.t, username: "ada", password: "velvet quarry lamp seventeen" };
    const answer = await login(off, body, { headers: { "user-agent": agent }, address: "192.0.2.1\n{}" });
    expect(answer.status).toBe(200);
    const lines = off.log().trimEnd().split("\n");
    const events = lines.map((line) => JSON.parse(line) as { event?: string; user?: string; at?: string });
    expect(events.some(({ user }) => user === "forged")).toBe(false);
    expect(events.filter(({ event }) => event === "signed_in")).toHaveLength(1);
    expect(off.log()).not.toContain("\u0000");
    for (const { at } of events.filter(({ event }) => event !== undefined)) {
      expect(at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    }
    await off.close();
  });

  it("has a line for each authentication event", async () => {
    const off = await startService({ REFRESH_REUSE_INTERVAL: "1" });
    await off.addUser("ada");
    const tokens = await off.signIn("ada");
    const { t } = await getTicket(off);
    await login(off, { t, username: "ada", password: "wrong" });
    const headers = bearer(tokens.access_token);
    await send(off, "POST", "/api/auth/step-up", { password: "velvet quarry lamp seventeen" }, { headers });
    const refresh = () =>
      send(off, "POST", "/api/auth/refresh-token", { refresh_token: tokens.refresh_token });
    expect((await refresh()).status).toBe(200);
    off.clock.advance(5);
    expect((await refresh()).body.error).toBe("refresh_token_reused");
    await off.container.accounts.resetPassword("ada", "a new password for ada");
    await off.container.accounts.disable("ada", "may_go");
    const events = off
      .log()
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { event?: string }).event);
    for (const event of [
      "account_created",
      "signed_in",
      "sign_in_refused",
      "stepped_up",
      "refresh_token_reused",
      "session_ended",
      "password_reset",
      "account_disabled",
    ]) {
      expect(events.join()).toContain(event);
    }
    await off.close();
  });

  it("has a line for each step of a sign-in by QR code, by whom and from where", async () => {
    const off = await startService();
    await off.addUser("ada");
    const phone = await openPhone(off, "ada");
    const far = { address: "198.51.100.7" };
    const [approved, denied] = [await createQr(off), await createQr(off)];
    const claim = await scan(off, phone, approved, far);
    await enterCode(off, approved, "no code");
    await enterCode(off, approved, claim.body.code);
    await confirm(off, phone, claim);
    await redeem(off, approved);
    await deny(off, phone, await scan(off, phone, denied));
    const lines = off
      .log()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const events = lines.map(({ event }) => event).filter((event) => event !== "account_created");
    expect(events).toEqual([
      "qr_claimed",
      "qr_code_mismatch",
      "qr_approved",
      "signed_in",
      "qr_claimed",
      "qr_denied",
    ]);
    const claimed = lines.find(({ event }) => event === "qr_claimed");
    expect(JSON.stringify(claimed)).toContain(far.address);
    expect(JSON.stringify(claimed)).toContain(phone.tokens.session_id);
    const signedIn = lines.find(({ event }) => event === "signed_in");
    expect(JSON.stringify(signedIn)).toContain(phone.tokens.session_id);
    await off.close();
  });

  it("keeps no line for a request that only looks", async () => {
    const off = await startService();
    await off.call(`/api/auth/me?access_token=${PLANTED.cookie}`);
    await off.call(`${APP_URL.replace(/.*/, "")}/api/health`);
    expect(off.log()).toBe("");
    await off.close();
  });
});
