import { calculateJwkThumbprint, exportJWK } from "jose";
import {
  type Answer,
  boundHeaders,
  type CallOptions,
  type Device,
  newDevice,
  proofHeader,
  type TestService,
  type Tokens,
} from "../service";

/** A browser that waits, known by its key. */
export interface WaitingComputer {
  readonly device: Device;
  readonly qrId: string;
  readonly deviceCode: string;
  readonly userCode: string;
  readonly watchToken: string;
  readonly created: Answer;
}

/** A phone with a session that a password made. */
export interface SignedInPhone {
  readonly device: Device;
  readonly tokens: Tokens;
}

export async function signedInPhone(service: TestService, username: string): Promise<SignedInPhone> {
  const device = await newDevice();
  return { device, tokens: await service.signIn(username, device) };
}

/** A phone with a session of its own, made without the password: for tests that need fifty of them. */
export async function openPhone(service: TestService, username: string): Promise<SignedInPhone> {
  const device = await newDevice();
  const user = await service.container.accounts.findByUsername(username);
  if (!user) throw new Error(`there is no account ${username}`);
  const issued = await service.container.sessions.create({
    user,
    clientId: "countersign",
    method: "password",
    factors: ["pwd"],
    keyThumbprint: await thumbprintOf(device),
    device: { browser: null, os: null },
    address: null,
  });
  const tokens = {
    access_token: issued.accessToken,
    refresh_token: issued.refreshToken,
    token_type: "DPoP",
    session_id: issued.sessionId,
  };
  return { device, tokens };
}

export async function thumbprintOf(device: Device): Promise<string> {
  return calculateJwkThumbprint(await exportJWK(device.publicKey));
}

/** A call of the waiting computer: proven by its key, without a token. */
export async function byComputer(
  service: TestService,
  device: Device,
  path: string,
  json: unknown = {},
  options: CallOptions = {},
): Promise<Answer> {
  const headers = { ...options.headers, ...(await proofHeader(device, "POST", path, service.clock)) };
  return service.call(path, { ...options, method: "POST", json, headers });
}

/** A call of the phone: its access token, proven by its key. */
export async function byPhone(
  service: TestService,
  phone: SignedInPhone,
  path: string,
  json?: unknown,
  options: CallOptions = {},
): Promise<Answer> {
  const method = json === undefined ? "GET" : "POST";
  const bound = await boundHeaders(phone.device, method, path, phone.tokens.access_token, service.clock);
  const headers = { ...options.headers, ...bound };
  return service.call(path, { ...options, method, headers, ...(json === undefined ? {} : { json }) });
}

export async function createQr(
  service: TestService,
  options: CallOptions & { device?: Device } = {},
): Promise<WaitingComputer> {
  const device = options.device ?? (await newDevice());
  const created = await byComputer(service, device, "/api/auth/qr", {}, options);
  const { qr_id, device_code, user_code, watch_token } = created.body as Record<string, string>;
  return {
    device,
    created,
    qrId: String(qr_id),
    deviceCode: String(device_code),
    userCode: String(user_code),
    watchToken: String(watch_token),
  };
}

export function statusOf(service: TestService, computer: WaitingComputer): Promise<Answer> {
  return byComputer(service, computer.device, "/api/auth/qr/status", { device_code: computer.deviceCode });
}

export function redeem(service: TestService, computer: WaitingComputer): Promise<Answer> {
  return byComputer(service, computer.device, "/api/auth/qr/token", { device_code: computer.deviceCode });
}

export function scan(
  service: TestService,
  phone: SignedInPhone,
  computer: WaitingComputer,
  options?: CallOptions,
): Promise<Answer> {
  return byPhone(service, phone, "/api/auth/qr/scan", { qr_id: computer.qrId }, options);
}

export function confirm(service: TestService, phone: SignedInPhone, scanned: Answer): Promise<Answer> {
  return byPhone(service, phone, "/api/auth/qr/confirm", { ticket: scanned.body.ticket });
}

export function deny(service: TestService, phone: SignedInPhone, scanned: Answer): Promise<Answer> {
  return byPhone(service, phone, "/api/auth/qr/deny", { ticket: scanned.body.ticket });
}

export function cancel(service: TestService, computer: WaitingComputer): Promise<Answer> {
  return byComputer(service, computer.device, "/api/auth/qr/cancel", { device_code: computer.deviceCode });
}

export function enterCode(service: TestService, computer: WaitingComputer, code: unknown): Promise<Answer> {
  return byComputer(service, computer.device, "/api/auth/qr/code", {
    device_code: computer.deviceCode,
    code,
  });
}

/** A request that a phone has approved by a tap. */
export async function approvedQr(service: TestService, phone: SignedInPhone): Promise<WaitingComputer> {
  const computer = await createQr(service);
  const answer = await confirm(service, phone, await scan(service, phone, computer));
  if (answer.status !== 204) throw new Error(`approval answered ${answer.status}`);
  return computer;
}

/** `me` with the tokens that came out, by the computer's key or another. */
export async function meBy(service: TestService, device: Device, tokens: Tokens): Promise<Answer> {
  const headers = await boundHeaders(device, "GET", "/api/auth/me", tokens.access_token, service.clock);
  return service.call("/api/auth/me", { headers });
}
