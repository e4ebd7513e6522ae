import { callAs } from "../passkeys/steps";
import { type Answer, type Device, PASSWORD, proofHeader, type TestService } from "../service";
import type { SignedInPhone } from "../steps/qr";
import { attempt, type Sender } from "../steps/sign-in";
import { AuthenticatorApp } from "./app";

const SECOND_FACTOR = "/api/auth/second-factor";

/** Gives the session's account an authenticator app. */
export async function addApp(
  service: TestService,
  { tokens, device }: SignedInPhone,
): Promise<{ app: AuthenticatorApp; recoveryCodes: string[]; answer: Answer }> {
  const { body } = await callAs(service, tokens, device, ["POST", "/api/auth/totp"]);
  const app = new AuthenticatorApp(body.secret, service.clock);
  const json = { code: app.code() };
  const answer = await callAs(service, tokens, device, ["POST", "/api/auth/totp/confirm"], json);
  return { app, recoveryCodes: (answer.body.recovery_codes ?? []) as string[], answer };
}

/** A right password, and the challenge that comes of it. */
export async function challengeOf(
  service: TestService,
  username: string,
  sender: Sender = {},
): Promise<string> {
  const { status, body } = await attempt(service, username, PASSWORD, sender);
  if (body.error !== "second_factor_required") throw new Error(`login answered ${status} ${body.error}`);
  return String(body.challenge);
}

/** The second step. */
export async function complete(
  service: TestService,
  json: object,
  { device, headers, address }: Sender = {},
): Promise<Answer> {
  const proof = await proofHeader(device, "POST", SECOND_FACTOR, service.clock);
  return service.call(SECOND_FACTOR, {
    json,
    headers: { ...proof, ...headers },
    ...(address === undefined ? {} : { address }),
  });
}

/** Both steps, with a code of the app. */
export async function signInWithApp(
  service: TestService,
  username: string,
  app: AuthenticatorApp,
  device?: Device,
): Promise<Answer> {
  const challenge = await challengeOf(service, username, { device });
  return complete(service, { challenge, kind: "totp", code: app.code() }, { device });
}
