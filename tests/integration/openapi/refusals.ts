/** Calls that have to be refused, for each code that the document names; the recorder holds each answer to it. */
import * as dpop from "dpop";
import type { Description } from "../../../src/server/faces/openapi/description";
import { descriptions } from "../../../src/server/faces/openapi/document";
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
import { askForCode, finish, start } from "../../helpers/steps/hand-over";
import {
  approvedQr,
  createQr,
  type SignedInPhone,
  scan,
  signedInPhone,
  type WaitingComputer,
} from "../../helpers/steps/qr";
import { Recorder } from "./recorder";

const NO_OPTIONS = { challenge: "none", user: { id: "none" } };
const FAR = "203.0.113.9";
const NEW_PASSWORD = "another good pass phrase";
const protectedOperations = descriptions.filter(({ access }) => access === "session");

/** Runs them against a service of its own, in which the clock may be moved. */
export async function withService(
  seen: Set<string>,
  settings: Record<string, string>,
  run: (service: TestService, recorder: Recorder) => Promise<void>,
): Promise<void> {
  const service = await startService(settings);
  try {
    await run(service, new Recorder(service, seen));
  } finally {
    await service.close();
  }
}

/** An address that is of this operation, and a body that its checks of input let through. */
export function exampleOf({ method, path }: Description): { path: string; options: CallOptions } {
  const address = path.replace(/\{\w+\}/g, "x");
  const query = method === "DELETE" && path.endsWith("/sessions") ? "?others=true" : "";
  const json = method === "POST" || method === "PATCH" ? { json: bodyOf(method, path) } : {};
  return { path: address + query, options: { method, ...json } };
}

function bodyOf(method: string, path: string): object {
  if (method === "PATCH" && path.startsWith("/api/admin/users/")) return { roles: ["user"] };
  if (path === "/api/admin/users") return { username: "newcomer" };
  if (path === "/api/admin/clients")
    return { id: "tv", name: "Television", authentication: "none", grants: ["device_code"] };
  if (method === "PATCH") return path.endsWith("/me") ? { display_name: "Ada" } : { name: "Blue key" };
  if (path.endsWith("/passkeys")) return { credential: new Authenticator().create(NO_OPTIONS) };
  if (path.endsWith("/invitation-lists")) return { list: "email\nada@example.com" };
  if (path.endsWith("/password")) return { old_password: PASSWORD, new_password: NEW_PASSWORD };
  if (path.endsWith("/step-up")) return { password: PASSWORD };
  if (path.endsWith("/confirm") && path.includes("/totp/")) return { code: "000000" };
  if (path.endsWith("/try")) return { kind: "totp", code: "000000" };
  if (path.endsWith("/acknowledge")) return { id: "nothing" };
  if (path.endsWith("/scan")) return { qr_id: "nothing" };
  return path.startsWith("/api/auth/qr/") ? { ticket: "none" } : {};
}

/** Tokens that are missing, over, of an ended session, unproven, and proven by another key; sessions of lower standing. */
export async function refuseTokens(service: TestService, recorder: Recorder): Promise<void> {
  await service.addUser("ada");
  const expired = await service.signIn("ada");
  service.clock.advance(301);
  const ended = await service.signIn("ada");
  const { user } = (await service.container.sessions.findLive(ended.session_id)) ?? {};
  await service.container.sessions.end({ userId: String(user?.id), id: ended.session_id }, "revoked", {
    actor: "system",
  });
  const [device, other] = [await newDevice(), await newDevice()];
  const bound = await service.signIn("ada", device);
  const computer = await approvedQr(service, { device, tokens: bound });
  const path = "/api/auth/qr/token";
  const { body } = await service.call(path, {
    json: { device_code: computer.deviceCode },
    headers: await proofHeader(computer.device, "POST", path, service.clock),
  });
  const byQr = String(body.access_token);

  for (const operation of protectedOperations) {
    const example = exampleOf(operation);
    const send = (headers: Record<string, string>) =>
      recorder.call(example.path, { ...example.options, headers });
    const proven = (by: Device, token: string) =>
      boundHeaders(by, operation.method, example.path, token, service.clock);
    await send({});
    await send(bearer(expired.access_token));
    await send(bearer(ended.access_token));
    await send({ authorization: `DPoP ${bound.access_token}` });
    await send(await proven(other, bound.access_token));
    if (operation.refusals.includes("step_up_required")) await send(await proven(computer.device, byQr));
  }
}

/** A service at an address without a name, where there are none; and passkeys that nobody has. */
export async function refusePasskeys(service: TestService, recorder: Recorder): Promise<void> {
  await service.addUser("ada");
  const headers = bearer((await service.signIn("ada")).access_token);
  await recorder.call("/api/auth/passkeys/options", { method: "POST", headers });
}

/** Refresh credentials that are over, of an ended session, unproven, of another key, and used twice. */
export async function refuseRefreshes(service: TestService, recorder: Recorder): Promise<void> {
  await service.addUser("ada");
  const [device, other] = [await newDevice(), await newDevice()];
  const path = "/api/auth/refresh-token";
  const refresh = async (refresh_token: string, by?: Device) =>
    recorder.call(path, {
      json: { refresh_token },
      headers: await proofHeader(by, "POST", path, service.clock),
    });
  const stolen = await service.signIn("ada");
  await refresh(stolen.refresh_token);
  service.clock.advance(31);
  await refresh(stolen.refresh_token);
  await refresh(stolen.refresh_token);
  const bound = await service.signIn("ada", device);
  await refresh(bound.refresh_token);
  await refresh(bound.refresh_token, other);
  const old = await service.signIn("ada");
  service.clock.advance(8 * 86_400);
  await refresh(old.refresh_token);
}

/** Sign-ins that cannot be read, without their proof, and without the captcha or with a wrong one; captchas that are over. */
export async function refuseSignIns(service: TestService, recorder: Recorder): Promise<void> {
  await service.addUser("ada");
  const ticket = await recorder.call("/api/auth/get_t");
  const { id } = ticket.body.captcha as { id: string };
  const login = { t: ticket.body.t, username: "ada", password: PASSWORD };
  await recorder.call("/api/auth/login", { json: {} });
  await recorder.call("/api/auth/login", { json: { ...login, delivery: "cookie" } });
  await recorder.call("/api/auth/login", { json: login });
  await recorder.call("/api/auth/login", {
    json: { ...login, captcha: { id, kind: "image", answer: "no" } },
  });
  // The refusal has replaced that captcha: it is over, as one that never was.
  for (const dead of [id, "never-was"]) {
    await recorder.call(`/api/auth/captcha?id=${dead}`);
    await recorder.call(`/api/auth/captcha/pow?id=${dead}`);
  }
}

/** A weak password, and two who make the owner's account at once under one name. */
export async function refuseOwners(service: TestService, recorder: Recorder): Promise<void> {
  const secret = await service.container.setupLink.renew();
  const setUp = (password: string) =>
    recorder.call("/api/auth/setup", { json: { secret, username: "ada", password } });
  await setUp("password");
  await Promise.all([setUp(PASSWORD), setUp(PASSWORD)]);
}

/** A password that is wrong, a new one that is weak, and a ticket that never was. */
export async function refusePasswords(service: TestService, recorder: Recorder): Promise<void> {
  await service.addUser("ada");
  const { device, tokens } = await signedInPhone(service, "ada");
  const sealed = { t: "never-was", credentials: "a.b.c.d.e" };
  for (const [path, json] of [
    ["/api/auth/password", { old_password: "wrong", new_password: NEW_PASSWORD }],
    ["/api/auth/password", { old_password: PASSWORD, new_password: "password" }],
    ["/api/auth/password", sealed],
    ["/api/auth/step-up", { password: "wrong" }],
    ["/api/auth/step-up", sealed],
  ] as const) {
    const headers = await boundHeaders(device, "POST", path, tokens.access_token, service.clock);
    await recorder.call(path, { json, headers });
  }
}

/** Requests of the QR code that are unreadable, unknown, another's, cancelled, denied, too early and too late. */
export async function refuseCodes(service: TestService, recorder: Recorder): Promise<void> {
  await service.addUser("ada");
  const phone = await signedInPhone(service, "ada");
  const byComputer = async (
    computer: WaitingComputer,
    name: string,
    more: object = {},
    by = computer.device,
  ) => proven(recorder, service, by, `/api/auth/qr/${name}`, { device_code: computer.deviceCode, ...more });
  const byPhone = (name: string, json: object) => answer(recorder, service, phone, name, json);
  const withCode = { code: "000000" };

  const waiting = await createQr(service);
  for (const name of ["status", "cancel", "code", "token"]) {
    await byComputer(waiting, name, withCode, await newDevice());
    await recorder.call(`/api/auth/qr/${name}`, { json: { device_code: waiting.deviceCode, ...withCode } });
  }
  await byComputer(waiting, "token", { device_code: "" });
  await byComputer(waiting, "token", { device_code: "never-was" });
  await byComputer(waiting, "token");
  await byComputer(waiting, "token");

  const cancelled = await createQr(service);
  const claim = (await scan(service, phone, cancelled, { address: FAR })).body;
  await byComputer(cancelled, "cancel");
  await byPhone("scan", { qr_id: cancelled.qrId });
  await byComputer(cancelled, "code", withCode);
  await byComputer(cancelled, "token");
  const approved = await approvedQr(service, phone);
  await byPhone("scan", { qr_id: approved.qrId });
  for (const name of ["confirm", "deny", "extend"]) {
    await byPhone(name, { ticket: claim.ticket });
    await byPhone(name, { ticket: "never-was" });
  }

  const late = await createQr(service);
  const lateClaim = (await scan(service, phone, late)).body;
  service.clock.advance(121);
  await byPhone("scan", { qr_id: late.qrId });
  for (const name of ["confirm", "deny", "extend"]) await byPhone(name, { ticket: lateClaim.ticket });
  for (const name of ["cancel", "code", "token"]) await byComputer(late, name, withCode);
}

/** Grants that clients may not use, that are too early, too late, denied, another's, or unproven. */
export async function refuseGrants(service: TestService, recorder: Recorder): Promise<void> {
  await service.addUser("ada");
  const phone = await signedInPhone(service, "ada");
  const add = (id: string, grants: ("device_code" | "refresh_token")[], requiresBinding = false) =>
    service.container.clientAdministration.add({
      id,
      name: id,
      kind: "public",
      audience: null,
      grants,
      requiresBinding,
    });
  await add("tool", ["device_code", "refresh_token"]);
  await add("other", ["device_code", "refresh_token"]);
  await add("renewer", ["refresh_token"]);
  await add("bound", ["device_code"], true);
  const form = (name: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    recorder.call(`/oauth/${name}`, { form: fields, headers });
  const start = async (client_id = "tool") => {
    const { body } = await form("device_authorization", { client_id });
    const qrId = String(body.verification_uri_complete).split("/").at(-1);
    const grant_type = "urn:ietf:params:oauth:grant-type:device_code";
    return { qrId, grant: { client_id, grant_type, device_code: String(body.device_code) } };
  };

  await form("device_authorization", { client_id: "renewer" });
  await form("device_authorization", { client_id: "tool", scope: '"' });
  const asked = await start();
  await form("token", { ...asked.grant, client_id: "renewer" });
  await form("token", { ...asked.grant, grant_type: "password" });
  await form("token", { ...asked.grant, device_code: "never-was" });
  await form(
    "token",
    asked.grant,
    await proofHeader(await newDevice(), "POST", "/oauth/token", service.clock),
  );
  await form("token", asked.grant);
  await form("token", asked.grant);
  await form("token", (await start("bound")).grant);

  const pinned = await start();
  const nonce = (await form("token", pinned.grant)).headers.get("dpop-nonce") ?? "";
  const key = await newDevice();
  const proof = await dpop.generateProof(key, `${APP_URL}/oauth/token`, "POST", nonce);
  await form("token", pinned.grant, { dpop: proof });
  await form("token", pinned.grant);

  const denied = await start();
  const claim = await answer(recorder, service, phone, "scan", { qr_id: denied.qrId });
  await answer(recorder, service, phone, "deny", { ticket: claim.body.ticket });
  await form("token", denied.grant);

  const approved = await start();
  const second = await answer(recorder, service, phone, "scan", { qr_id: approved.qrId });
  await answer(recorder, service, phone, "confirm", { ticket: second.body.ticket });
  const { body } = await form("token", approved.grant);
  await form("revoke", { client_id: "other", token: String(body.refresh_token) });

  service.clock.advance(601);
  await form("token", asked.grant);
}

/** Hand-overs to a protected site: one that succeeds, and each way in which one is refused. */
export async function handOver(service: TestService, recorder: Recorder): Promise<void> {
  // Not a copy: its other members may be its own to make.
  const recorded = Object.create(service, { call: { value: recorder.call.bind(recorder) } }) as TestService;
  await service.addUser("ada");
  const phone = await signedInPhone(service, "ada");
  const [site = ""] = service.container.environment.protectedSites;
  const started = await start(recorded, site);
  await start(recorded, site, { "sec-fetch-mode": "cors" });
  await recorder.call("/api/auth/site/start");
  await askForCode(recorded, phone, "https://unlisted.example", started.state);
  await askForCode(recorded, phone, site, "too short");
  const { body } = await askForCode(recorded, phone, site, started.state);
  await askForCode(recorded, phone, site, started.state);
  const form = { code: body.code, state: started.state };
  await finish(recorded, "https://unlisted.example", form, {});
  await finish(recorded, site, { ...form, state: "too short" }, {});
  await finish(recorded, site, form, { cookie: started.cookie });
}

async function proven(
  recorder: Recorder,
  service: TestService,
  by: Device,
  path: string,
  json: object,
): Promise<Answer> {
  return recorder.call(path, { json, headers: await proofHeader(by, "POST", path, service.clock) });
}

async function answer(
  recorder: Recorder,
  service: TestService,
  { device, tokens }: SignedInPhone,
  name: string,
  json: object,
): Promise<Answer> {
  const path = `/api/auth/qr/${name}`;
  const headers = await boundHeaders(device, "POST", path, tokens.access_token, service.clock);
  return recorder.call(path, { json, headers });
}
