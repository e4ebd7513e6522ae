import { type Answer, boundHeaders, type Device, newDevice, type TestService, type Tokens } from "../service";

/** An owner or an admin who is signed in just now. */
export interface Administrator {
  readonly device: Device;
  readonly tokens: Tokens;
}

export const INVITATIONS = "/api/admin/invitations";

/** Makes the account with these roles, and signs it in. */
export async function administrator(
  service: TestService,
  username: string,
  roles: readonly ("owner" | "admin" | "user")[] = ["owner"],
): Promise<Administrator> {
  await service.addUser(username);
  await service.container.accountAdministration.setRoles(username, roles, "may_go");
  const device = await newDevice();
  return { device, tokens: await service.signIn(username, device) };
}

/** A call of the session. */
export async function callAs(
  service: TestService,
  { device, tokens }: Administrator,
  method: string,
  path: string,
  json?: unknown,
): Promise<Answer> {
  const headers = await boundHeaders(device, method, path, tokens.access_token, service.clock);
  return service.call(path, { method, headers, ...(json === undefined ? {} : { json }) });
}

export function invite(service: TestService, by: Administrator, wanted: object = {}): Promise<Answer> {
  return callAs(service, by, "POST", INVITATIONS, wanted);
}

/** The code in the link of an answer. */
export function codeOf(answer: Answer): string {
  return new URL(String(answer.body.url)).hash.slice(1);
}
