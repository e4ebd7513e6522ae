import {
  type Answer,
  boundHeaders,
  type Device,
  proofHeader,
  type TestService,
  type Tokens,
} from "../service";
import type { Authenticator, Choices } from "./authenticator";

type CreationOptions = { challenge: string; user: { id: string } };

/** Calls as the session of these tokens, which are bound to the device. */
export async function callAs(
  service: TestService,
  { access_token }: Tokens,
  device: Device,
  [method, path]: readonly [string, string],
  json?: unknown,
): Promise<Answer> {
  const headers = await boundHeaders(device, method, path, access_token, service.clock);
  return service.call(path, { method, headers, ...(json === undefined ? {} : { json }) });
}

export async function creationOptions(
  service: TestService,
  tokens: Tokens,
  device: Device,
): Promise<CreationOptions> {
  const { body } = await callAs(service, tokens, device, ["POST", "/api/auth/passkeys/options"]);
  return body.options as CreationOptions;
}

/** Gives the session's account this passkey. */
export async function addPasskey(
  service: TestService,
  tokens: Tokens,
  device: Device,
  authenticator: Authenticator,
  choices: Choices = {},
): Promise<Answer> {
  const options = await creationOptions(service, tokens, device);
  const credential = authenticator.create(options, choices);
  return callAs(service, tokens, device, ["POST", "/api/auth/passkeys"], { credential });
}

export async function newTicket(service: TestService, device: Device) {
  const path = "/api/auth/get_t";
  const { body } = await service.call(path, {
    headers: await proofHeader(device, "GET", path, service.clock),
  });
  return body as unknown as { t: string; passkey_options: { challenge: string } };
}

export async function login(service: TestService, device: Device, json: object): Promise<Answer> {
  const path = "/api/auth/login";
  return service.call(path, { headers: await proofHeader(device, "POST", path, service.clock), json });
}

/** Signs in with a passkey from this device. */
export async function signInByPasskey(
  service: TestService,
  device: Device,
  authenticator: Authenticator,
  choices: Choices = {},
): Promise<Answer> {
  const { t, passkey_options } = await newTicket(service, device);
  return login(service, device, { t, passkey: authenticator.get(passkey_options, choices) });
}
