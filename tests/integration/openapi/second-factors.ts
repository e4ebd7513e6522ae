import { Authenticator } from "../../helpers/passkeys/authenticator";
import { addPasskey } from "../../helpers/passkeys/steps";
import { AuthenticatorApp } from "../../helpers/second-factor/app";
import {
  boundHeaders,
  type Device,
  newDevice,
  PASSWORD,
  proofHeader,
  type TestService,
} from "../../helpers/service";
import { type SignedInPhone, signedInPhone } from "../../helpers/steps/qr";
import type { Recorder } from "./recorder";

const SECOND = "/api/auth/second-factor";

/** A whole life of second factors where they are required, with what is refused on the way. */
export async function secondFactors(service: TestService, recorder: Recorder): Promise<void> {
  await service.addUser("ada");
  const device = await newDevice();
  const send = proven(service, recorder, device);
  const passwordOf = async () => {
    const { body } = await recorder.call("/api/auth/get_t", {
      headers: await proofHeader(device, "GET", "/api/auth/get_t", service.clock),
    });
    return send("/api/auth/login", { t: body.t, username: "ada", password: PASSWORD });
  };
  const { challenge } = (await passwordOf()).body;
  await send(`${SECOND}/enrol`, { challenge: "never-was" });
  await recorder.call(`${SECOND}/enrol`, { json: { challenge }, headers: { dpop: "none" } });
  await recorder.call(`${SECOND}/enrol`, { json: {} });
  await send(SECOND, { challenge, kind: "enrol", code: "000000" });
  const begun = await send(`${SECOND}/enrol`, { challenge });
  const app = new AuthenticatorApp(begun.body.secret, service.clock);
  await send(SECOND, { challenge, kind: "enrol", code: app.wrongCode() });
  const done = await send(SECOND, { challenge, kind: "enrol", code: app.code() });
  const [recoveryCode] = done.body.recovery_codes as string[];
  const phone = { device, tokens: done.body as unknown as SignedInPhone["tokens"] };

  const as = (method: string, path: string, json?: object) =>
    bound(service, recorder, phone, { method, path, json });
  await as("POST", `${SECOND}/try`, { kind: "recovery_code", code: recoveryCode });
  await as("POST", `${SECOND}/try`, {});
  await as("GET", "/api/auth/security");
  await as("POST", "/api/auth/step-up", { kind: "totp", code: app.wrongCode() });
  await as("POST", "/api/auth/recovery-codes");
  const passkey = new Authenticator();
  await addPasskey(service, phone.tokens, device, passkey);
  const second = (await passwordOf()).body;
  const nobodys = new Authenticator();
  nobodys.userHandle = "none";
  const signed = nobodys.get({ challenge: "none" });
  await send(SECOND, { challenge: second.challenge, kind: "passkey", passkey: signed });
  await send(SECOND, { challenge: "never-was", kind: "totp", code: "000000" });
  await send(SECOND, {});
  await recorder.call(SECOND, { json: { challenge, kind: "totp", code: "000000", delivery: "cookie" } });

  const other = await newOwner(service);
  const byOther = (method: string, path: string, json?: object) =>
    bound(service, recorder, other, { method, path, json });
  await byOther("POST", "/api/auth/recovery-codes");
  await byOther("DELETE", "/api/auth/totp");
  await byOther("POST", "/api/auth/totp/confirm", { code: "000000" });
  await byOther("POST", "/api/auth/totp/confirm", {});
  const added = await byOther("POST", "/api/auth/totp");
  const next = new AuthenticatorApp(added.body.secret, service.clock);
  await byOther("POST", "/api/auth/totp/confirm", { code: next.wrongCode() });
  await byOther("POST", "/api/auth/totp/confirm", { code: next.code() });
  await byOther("POST", "/api/auth/totp");
  await byOther("POST", "/api/auth/totp/confirm", { code: next.code() });
  await byOther("POST", "/api/auth/recovery-codes");
  await byOther("DELETE", "/api/auth/totp");
  await as("DELETE", "/api/auth/totp");

  // Last: what the guesses were counted under has to wait from here on.
  const third = (await passwordOf()).body.challenge;
  for (let round = 0; round < 6; round += 1) {
    await as("POST", `${SECOND}/try`, { kind: "totp", code: "000000" });
    await send(SECOND, { challenge: third, kind: "recovery_code", code: "0000" });
  }
}

/** An account of which nobody asks more than a password, signed in just now. */
async function newOwner(service: TestService): Promise<SignedInPhone> {
  await service.addUser("ben");
  const other = await service.another({ SECOND_FACTOR: "off" });
  const phone = await signedInPhone(other, "ben");
  await other.close();
  return phone;
}

function proven(service: TestService, recorder: Recorder, device: Device) {
  return async (path: string, json: object) =>
    recorder.call(path, { json, headers: await proofHeader(device, "POST", path, service.clock) });
}

async function bound(
  service: TestService,
  recorder: Recorder,
  { device, tokens }: SignedInPhone,
  { method, path, json }: { method: string; path: string; json?: object | undefined },
) {
  const headers = await boundHeaders(device, method, path, tokens.access_token, service.clock);
  return recorder.call(path, { method, headers, ...(json ? { json } : {}) });
}
