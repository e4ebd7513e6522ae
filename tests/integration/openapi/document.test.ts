import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { descriptions, openApiDocument } from "../../../src/server/faces/openapi/document";
import { readDocument } from "../../helpers/markdown";
import { Authenticator } from "../../helpers/passkeys/authenticator";
import {
  type Answer,
  APP_URL,
  bearer,
  boundHeaders,
  type CallOptions,
  type Device,
  newDevice,
  PASSWORD,
  proofHeader,
  startService,
  type TestService,
} from "../../helpers/service";
import { createQr, type SignedInPhone, signedInPhone, type WaitingComputer } from "../../helpers/steps/qr";
import { ownAccounts } from "./accounts";
import { actsOnUsers, recoveries } from "./administration";
import { approvals } from "./approvals";
import { clients } from "./clients";
import { emails, mailRecoveries } from "./emails";
import { invitations } from "./invitations";
import { openSignUps } from "./open-sign-ups";
import { keysOf, Recorder } from "./recorder";
import {
  exampleOf,
  handOver,
  refuseCodes,
  refuseGrants,
  refuseOwners,
  refusePasskeys,
  refusePasswords,
  refuseRefreshes,
  refuseSignIns,
  refuseTokens,
  withService,
} from "./refusals";
import { secondFactors } from "./second-factors";

const NEAR = "192.0.2.1";
const FAR = "203.0.113.9";

let service: TestService;
let recorder: Recorder;
let phone: SignedInPhone;
let other: SignedInPhone;
let clientToken: string;
let secret: string;

beforeAll(async () => {
  // Low limits, so that each can be reached; those of tickets and failures have services of their own.
  service = await startService({
    LIMIT_REFRESHES: "2",
    LIMIT_WRONG_USER_CODES: "1",
    LIMIT_WRONG_MATCH_CODES: "1",
    LIMIT_QR_CLAIMS: "40",
  });
  recorder = new Recorder(service);
  await recorder.call("/api/auth/setup");
  await recorder.call("/api/auth/setup", { json: {} });
  const owner = { username: "ada", password: PASSWORD };
  await recorder.call("/api/auth/setup", { json: { secret: "wrong", ...owner } });
  const setupSecret = await service.container.setupLink.renew();
  await recorder.call("/api/auth/setup", { json: { secret: setupSecret, ...owner } });
  phone = await signedInPhone(service, "ada");
  other = await signedInPhone(service, "ada");
  const client = {
    audience: null,
    requiresBinding: false,
    grants: ["device_code", "refresh_token"],
  } as const;
  await service.container.clientAdministration.add({ id: "tool", name: "Tool", kind: "public", ...client });
  secret = String(
    await service.container.clientAdministration.add({
      id: "api",
      name: "API",
      kind: "confidential",
      ...client,
      audience: APP_URL,
    }),
  );
});
afterAll(() => service.close());

describe("the OpenAPI document", () => {
  it("is OpenAPI 3.1, by a validator that knows nothing of us", async () => {
    const outcome = await new Validator().validate(structuredClone(openApiDocument(APP_URL)));
    expect(outcome.errors).toBeUndefined();
    expect(outcome.valid).toBe(true);
  });

  it("leaves out no address of the plain face, and has no other", () => {
    const documented = ["docs/reference/http.md", "docs/reference/oauth.md"].flatMap((file) =>
      [...readDocument(file).matchAll(/^### `([A-Z]+) (\/\S+)`$/gm)].map(
        ([, method, path]) => `${method} ${path}`,
      ),
    );
    // The reference is held to the routes by a test of its own; there a star means a part that varies.
    const described = descriptions.map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, "*")}`);
    expect(described.sort()).toEqual(documented.sort());
  });

  it("is served", async () => {
    const { body } = await recorder.call("/api/openapi.json");
    expect(body).toMatchObject({ openapi: "3.1.1", servers: [{ url: APP_URL }] });
  });
});

/** Calls of the plain face in their order: what each answers is checked by the recorder. */
describe("every operation, status and code of it", () => {
  const at = (path: string, options?: CallOptions) => recorder.call(path, options);
  const post = async (
    device: Device | undefined,
    path: string,
    json: unknown = {},
    options: CallOptions = {},
  ) =>
    at(path, {
      ...options,
      method: "POST",
      json,
      headers: await proofHeader(device, "POST", path, service.clock),
    });
  async function bound(
    by: SignedInPhone,
    method: string,
    path: string,
    json?: unknown,
    options: CallOptions = {},
  ) {
    const headers = await boundHeaders(by.device, method, path, by.tokens.access_token, service.clock);
    return at(path, { ...options, method, headers, ...(json === undefined ? {} : { json }) });
  }
  const scan = (computer: WaitingComputer, by = phone, address = NEAR) =>
    bound(by, "POST", "/api/auth/qr/scan", { qr_id: computer.qrId }, { address });
  const ticketOf = (answer: Answer) => ({ ticket: answer.body.ticket });

  it("of the service and of signing in", async () => {
    await at("/api/health");
    await at("/api/ready");
    await at("/api/auth/server_time");
    await at("/api/auth/server_time", { method: "POST" });
    await at("/.well-known/jwks.json");
    await at("/.well-known/webauthn");
    await at("/.well-known/passkey-endpoints");
    await at("/.well-known/change-password");
    await at("/.well-known/oauth-authorization-server");
    const ticket = await at("/api/auth/get_t");
    await at("/api/auth/get_t", { headers: { dpop: "bad" } });
    const { id } = ticket.body.captcha as { id: string };
    await at(`/api/auth/captcha?id=${id}`);
    await at("/api/auth/captcha");
    await at(`/api/auth/captcha/pow?id=${id}`);
    await at("/api/auth/captcha/pow");
    const login = { t: ticket.body.t, username: "ada", password: PASSWORD };
    const tokens = await at("/api/auth/login", { json: login });
    await at("/api/auth/login", { json: login });
    const fresh = await at("/api/auth/get_t");
    await at("/api/auth/login", { json: { ...login, t: fresh.body.t, client_id: "nobody" } });
    await at("/api/auth/login", { json: { ...login, t: fresh.body.t, password: "wrong" } });
    const headers = bearer(String(tokens.body.access_token));
    await at("/api/auth/me", { headers });
    await at("/api/auth/me", { headers: { ...headers, "access-token": "x" } });
    await at("/api/auth/me", { method: "POST", headers });
    await at("/api/auth/me", { method: "POST", headers: { ...headers, "access-token": "x" } });
    await at("/api/auth/verify", { headers });
    const refresh = () =>
      at("/api/auth/refresh-token", { json: { refresh_token: tokens.body.refresh_token } });
    await refresh();
    await at("/api/auth/refresh-token", { json: { refresh_token: "" } });
    await at("/api/auth/refresh-token", { json: { refresh_token: "none" } });
    await refresh();
    await refresh();
    await at("/api/auth/logout", { headers, json: { refresh_token: "" } });
    await at("/api/auth/logout", { headers, json: {} });
    await at("/api/auth/setup");
  });

  it("of the limits by address and by device", async () => {
    const tight = {
      LIMIT_TICKETS: "1",
      LIMIT_CAPTCHA_DRAWS: "1",
      LIMIT_CAPTCHA_CHALLENGES: "1",
      LIMIT_LIVE_QR_CODES: "1",
      CAPTCHA: "always",
    };
    await withService(recorder.seen, tight, async (strict, limited) => {
      await strict.addUser("ada");
      await strict.container.clientAdministration.add({
        ...{ id: "tool", name: "Tool", kind: "public", audience: null },
        ...{ requiresBinding: false, grants: ["device_code"] },
      });
      const { body } = await limited.call("/api/auth/get_t");
      await limited.call("/api/auth/get_t");
      const { id } = body.captcha as { id: string };
      await limited.call(`/api/auth/captcha?id=${id}`);
      await limited.call(`/api/auth/captcha?id=${id}`);
      await limited.call(`/api/auth/captcha/pow?id=${id}`);
      await limited.call(`/api/auth/captcha/pow?id=${id}`);
      await limited.call("/oauth/device_authorization", { form: { client_id: "tool" } });
      await limited.call("/oauth/device_authorization", { form: { client_id: "tool" } });
      const device = await newDevice();
      const headers = await proofHeader(device, "POST", "/api/auth/qr", strict.clock);
      await limited.call("/api/auth/qr", { method: "POST", json: {}, headers });
    });
    await withService(recorder.seen, { LIMIT_ADDRESS_FAILURES: "1" }, async (guessed, guesses) => {
      await guessed.addUser("ada");
      const device = await newDevice();
      const tokens = await guessed.signIn("ada", device);
      for (let round = 0; round < 2; round += 1) {
        const { body } = await guesses.call("/api/auth/get_t");
        await guesses.call("/api/auth/login", { json: { t: body.t, username: "ada", password: "wrong" } });
      }
      // A known device is refused by its own count, of which five are free.
      for (const [path, json] of [
        ...Array.from({ length: 6 }, () => ["/api/auth/step-up", { password: "wrong" }] as const),
        ["/api/auth/password", { old_password: "wrong", new_password: "another good pass phrase" }],
      ] as const) {
        // A known device is not counted by its address, but for itself.
        for (let round = 0; round < 7; round += 1) {
          const headers = await boundHeaders(device, "POST", path, tokens.access_token, guessed.clock);
          await guesses.call(path, { json, headers });
        }
      }
    });
  });

  it.each([
    ["tokens that are missing, over, unproven or another's", {}, refuseTokens],
    ["refresh tokens that are over, unproven, another's or used twice", {}, refuseRefreshes],
    ["captchas that are over, and sign-ins without theirs", { CAPTCHA: "always" }, refuseSignIns],
    ["owners that cannot be", {}, refuseOwners],
    ["passwords that are wrong or weak", {}, refusePasswords],
    ["codes that are another's, cancelled, answered or over", {}, refuseCodes],
    ["grants that are refused", {}, refuseGrants],
    ["passkeys at an address without a name", { APP_URL: "https://192.0.2.7" }, refusePasskeys],
    ["approvals", { QR_FOR: "known" }, approvals],
    ["invitations", {}, invitations],
    ["registered clients", {}, clients],
    ["second factors", { SECOND_FACTOR: "required" }, secondFactors],
    ["sites", { PROTECTED_SITES: "http://localhost:8081", LIMIT_SITE_CODES: "1" }, handOver],
  ] as const)("of %s", (_, settings, refuse) => withService(recorder.seen, settings, refuse));

  it("of mail addresses", () => emails(recorder.seen));
  it("of codes that are mailed to get back in", () => mailRecoveries(recorder.seen));
  it("of people who sign up by themselves", () => openSignUps(recorder.seen));

  it("of the account", async () => {
    await bound(phone, "GET", "/api/auth/sessions");
    await bound(phone, "GET", "/api/auth/notices");
    await bound(phone, "POST", "/api/auth/notices/acknowledge", {});
    await bound(phone, "POST", "/api/auth/notices/acknowledge", { id: "nothing" });
    await bound(phone, "PATCH", "/api/auth/me", { display_name: "Ada" });
    await bound(phone, "PATCH", "/api/auth/me", { display_name: "" });
    const { t } = (
      await at("/api/auth/get_t", {
        headers: await proofHeader(phone.device, "GET", "/api/auth/get_t", service.clock),
      })
    ).body;
    const nobodys = new Authenticator();
    nobodys.userHandle = "none";
    await bound(phone, "POST", "/api/auth/step-up", { t, passkey: nobodys.get({ challenge: "none" }) });
    const { t: another } = (await at("/api/auth/get_t")).body;
    await at("/api/auth/login", { json: { t: another, passkey: nobodys.get({ challenge: "none" }) } });
    const made = await bound(phone, "POST", "/api/auth/passkeys/options");
    const credential = new Authenticator().create(
      made.body.options as { challenge: string; user: { id: string } },
    );
    const address = `/api/auth/passkeys/${credential.id}`;
    await bound(phone, "POST", "/api/auth/passkeys", { credential });
    await bound(phone, "POST", "/api/auth/passkeys", { credential });
    await bound(phone, "POST", "/api/auth/passkeys", {});
    await bound(phone, "GET", "/api/auth/passkeys");
    await bound(phone, "PATCH", address, { name: "Blue key" });
    await bound(phone, "PATCH", address, {});
    await bound(phone, "DELETE", address);
    await bound(phone, "DELETE", address);
    await bound(phone, "PATCH", address, { name: "Blue key" });
    await bound(phone, "DELETE", "/api/auth/sessions/nobody");
    const third = await signedInPhone(service, "ada");
    await bound(phone, "POST", "/api/auth/notices/acknowledge", { id: third.tokens.session_id });
    await bound(phone, "DELETE", `/api/auth/sessions/${third.tokens.session_id}`);
    await bound(phone, "DELETE", "/api/auth/sessions");
    await bound(phone, "POST", "/api/auth/password", {});
    await bound(phone, "POST", "/api/auth/step-up", {});
    await bound(phone, "POST", "/api/auth/step-up", { password: PASSWORD });
    const grace = await service.addUser("grace").then(() => signedInPhone(service, "grace"));
    await signedInPhone(service, "grace");
    const headers = await boundHeaders(
      grace.device,
      "DELETE",
      "/api/auth/sessions",
      grace.tokens.access_token,
    );
    await at("/api/auth/sessions?others=true", { method: "DELETE", headers });
    const change = { old_password: PASSWORD, new_password: "another good pass phrase" };
    await bound(grace, "POST", "/api/auth/password", change);
  });

  it("of a request that is approved", async () => {
    const device = await newDevice();
    const created = await post(device, "/api/auth/qr");
    await at("/api/auth/qr", { method: "POST", json: {} });
    await post(device, "/api/auth/qr", { client_id: "nobody" });
    await post(device, "/api/auth/qr", { client_id: 5 });
    const computer: WaitingComputer = {
      device,
      created,
      qrId: String(created.body.qr_id),
      deviceCode: String(created.body.device_code),
      userCode: String(created.body.user_code),
      watchToken: String(created.body.watch_token),
    };
    const code = { device_code: computer.deviceCode };
    await post(device, "/api/auth/qr/status", code);
    await post(device, "/api/auth/qr/token", code);
    await post(await newDevice(), "/api/auth/qr/token", code);
    await post(device, "/api/auth/qr/status", { device_code: "none" });
    await post(device, "/api/auth/qr/status");
    await at("/api/auth/qr/status", { json: code });
    const scanned = await scan(computer);
    await scan(computer, other);
    await bound(phone, "GET", `/api/auth/qr/${computer.qrId}`);
    await bound(phone, "GET", "/api/auth/qr/nothing");
    await bound(phone, "POST", "/api/auth/qr/extend", ticketOf(scanned));
    await bound(phone, "POST", "/api/auth/qr/confirm", {});
    await bound(phone, "POST", "/api/auth/qr/confirm", ticketOf(scanned));
    for (const name of ["confirm", "deny", "extend"])
      await bound(phone, "POST", `/api/auth/qr/${name}`, ticketOf(scanned));
    await post(device, "/api/auth/qr/token", code);
    await post(device, "/api/auth/qr/cancel", code);
    const path = `/api/auth/qr/${computer.qrId}/events`;
    const watch = { authorization: `Watch ${computer.watchToken}` };
    await at(path, { headers: watch });
    await at(path);
    await at(path, { headers: { authorization: "Watch none" } });
  });

  it("of requests that are denied, cancelled, waited for, and far away", async () => {
    const denied = await createQr(service);
    const deny = ticketOf(await scan(denied));
    await bound(phone, "POST", "/api/auth/qr/deny", {});
    await bound(phone, "POST", "/api/auth/qr/extend", {});
    await bound(phone, "POST", "/api/auth/qr/deny", deny);

    const cancelled = await createQr(service);
    const cancel = { device_code: cancelled.deviceCode };
    await post(cancelled.device, "/api/auth/qr/cancel");
    await post(cancelled.device, "/api/auth/qr/cancel", { device_code: "none" });
    await at("/api/auth/qr/cancel", { json: cancel });
    await post(cancelled.device, "/api/auth/qr/cancel", cancel);

    const far = await createQr(service);
    const code = { device_code: far.deviceCode };
    await post(far.device, "/api/auth/qr/code");
    await at("/api/auth/qr/code", { json: { ...code, code: "1" } });
    await post(far.device, "/api/auth/qr/code", { device_code: "none", code: "1" });
    const scanned = await scan(far, phone, FAR);
    await bound(phone, "POST", "/api/auth/qr/confirm", ticketOf(scanned));
    await post(far.device, "/api/auth/qr/code", { ...code, code: scanned.body.code });
    const wrong = { ...code, code: scanned.body.code === "000000" ? "000001" : "000000" };
    for (let guess = 0; guess < 2; guess += 1) await post(far.device, "/api/auth/qr/code", wrong);

    await bound(phone, "POST", "/api/auth/qr/scan", {});
    await bound(phone, "POST", "/api/auth/qr/scan", { qr_id: "nothing" });
    for (let guess = 0; guess < 2; guess += 1)
      await bound(phone, "POST", "/api/auth/qr/scan", { user_code: "BBBB-BBBB" });

    const watched = await createQr(service);
    const streams: Response[] = [];
    for (let stream = 0; stream < 4; stream += 1) {
      const headers = { authorization: `Watch ${watched.watchToken}` };
      const url = `${APP_URL}/api/auth/qr/${watched.qrId}/events`;
      const response = await service.api(new Request(url, { headers }), { address: NEAR });
      // A stream begins when somebody reads.
      void response.body?.getReader().read();
      streams.push(response);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    const headers = { authorization: `Watch ${watched.watchToken}` };
    await at(`/api/auth/qr/${watched.qrId}/events`, { headers });
    expect(streams).toHaveLength(4);
  });

  it("of the OAuth face", async () => {
    const form = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
      at(path, { form: fields, headers });
    const tool = { client_id: "tool" };
    const grant = { ...tool, grant_type: "urn:ietf:params:oauth:grant-type:device_code" };
    for (const name of ["device_authorization", "token", "revoke", "introspect"]) {
      await form(`/oauth/${name}`, { client_id: "nobody" });
      await at(`/oauth/${name}`, { json: { client_id: "tool" } });
    }
    const device = await form("/oauth/device_authorization", tool);
    const device_code = String(device.body.device_code);
    await form("/oauth/token", { ...grant, device_code });
    const qrId = String(device.body.verification_uri_complete).split("/").at(-1);
    const scanned = await bound(phone, "POST", "/api/auth/qr/scan", { qr_id: qrId }, { address: NEAR });
    await bound(phone, "POST", "/api/auth/qr/confirm", ticketOf(scanned));
    const tokens = await form("/oauth/token", { ...grant, device_code });
    clientToken = String(tokens.body.access_token);
    const renew = { ...tool, grant_type: "refresh_token", refresh_token: String(tokens.body.refresh_token) };
    for (let round = 0; round < 3; round += 1) await form("/oauth/token", renew);
    const basic = { authorization: `Basic ${Buffer.from(`api:${secret}`).toString("base64")}` };
    await form("/oauth/introspect", { token: clientToken }, basic);
    await form("/oauth/introspect", { token: "never-was" }, basic);
    await form("/oauth/revoke", { ...tool, token: "never-was" });
    const machine = String(
      await service.container.clientAdministration.add({
        id: "machine",
        name: "A machine",
        kind: "confidential",
        requiresBinding: false,
        audience: "https://api.example.com",
        grants: ["client_credentials"],
      }),
    );
    const asMachine = { authorization: `Basic ${Buffer.from(`machine:${machine}`).toString("base64")}` };
    const credentials = { grant_type: "client_credentials" };
    const { body } = await form("/oauth/token", credentials, asMachine);
    await form("/oauth/token", { ...credentials, scope: "other" }, asMachine);
    await form("/oauth/introspect", { token: String(body.access_token) }, asMachine);
    await form("/oauth/revoke", { token: String(body.access_token) }, asMachine);
  });

  it("of what people do with their own accounts", () => withService(recorder.seen, {}, ownAccounts));

  it("of what administrators do", () => withService(recorder.seen, {}, actsOnUsers));

  it("of recoveries", () => withService(recorder.seen, { LIMIT_ADDRESS_FAILURES: "2" }, recoveries));

  it("of tokens that are a client's", async () => {
    for (const description of descriptions.filter((one) => one.refusals.includes("forbidden"))) {
      const { path, options } = exampleOf(description);
      await at(path, { ...options, headers: bearer(clientToken) });
    }
  });

  it("was exercised", () => {
    const described = descriptions.flatMap(keysOf);
    const seen = [...recorder.seen];
    expect(
      described.filter((key) => !seen.includes(key)),
      "described and never seen",
    ).toEqual([]);
    expect(
      seen.filter((key) => !described.includes(key)),
      "seen and not described",
    ).toEqual([]);
  });
});
