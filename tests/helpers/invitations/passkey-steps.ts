/** The steps of a sign-up without a password, one by one. */
import { Authenticator, type Choices } from "../passkeys/authenticator";
import { type Answer, type Device, newDevice, type TestService, type Tokens } from "../service";
import { getTicket, send } from "../steps/sign-in";

export interface Newcomer {
  readonly code: string;
  readonly username: string;
  readonly device: Device;
}

export type Options = { challenge: string; user: { id: string } };

/** Asks for what a browser needs to make the passkey. */
export async function askForOptions(
  service: TestService,
  { code, username, device }: Newcomer,
): Promise<Answer> {
  const { t } = await getTicket(service, { device });
  const json = { t, invitation: code, username };
  return send(service, "POST", "/api/auth/sign-up/options", json, { device });
}

/** @throws Error when they are refused */
export async function optionsOf(service: TestService, newcomer: Newcomer): Promise<Options> {
  const { status, body } = await askForOptions(service, newcomer);
  if (status !== 200) throw new Error(`the options were refused: ${body.error}`);
  return body.options as Options;
}

/** Sends the passkey that was made. */
export function sendPasskey(
  service: TestService,
  { code, username, device }: Newcomer,
  passkey: object,
  more: object = {},
): Promise<Answer> {
  const json = { invitation: code, username, passkey, ...more };
  return send(service, "POST", "/api/auth/sign-up", json, { device });
}

/** What so many have, each by themselves, before any of them sends it: asked for one after another, so that nobody is turned away. */
export async function prepare(
  service: TestService,
  count: number,
  newcomerAt: (index: number) => Newcomer | Promise<Newcomer>,
  passkeyAt: (index: number) => Authenticator = () => new Authenticator(),
): Promise<{ readonly one: Newcomer; readonly passkey: object }[]> {
  const all: { one: Newcomer; passkey: object }[] = [];
  for (let index = 0; index < count; index += 1) {
    const one = await newcomerAt(index);
    all.push({ one, passkey: passkeyAt(index).create(await optionsOf(service, one)) });
  }
  return all;
}

/** Both, one after the other. */
export async function joinByPasskey(
  service: TestService,
  newcomer: Newcomer,
  passkey: Authenticator,
  choices: Choices = {},
): Promise<Answer> {
  const options = await optionsOf(service, newcomer);
  return sendPasskey(service, newcomer, passkey.create(options, choices));
}

/** Somebody with an account and no password, signed in just now. */
export async function withoutPassword(service: TestService, username: string) {
  const { code } = await service.container.invitations.make({}, "operator");
  const device = await newDevice();
  const passkey = new Authenticator();
  const answer = await joinByPasskey(service, { code, username, device }, passkey);
  if (answer.status !== 201) throw new Error(`the sign-up was refused: ${answer.body.error}`);
  return { device, passkey, tokens: answer.body as unknown as Tokens };
}
