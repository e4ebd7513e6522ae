import { Authenticator } from "../../helpers/passkeys/authenticator";
import { addPasskey } from "../../helpers/passkeys/steps";
import { boundHeaders, PASSWORD, type TestService } from "../../helpers/service";
import { byPhone, createQr, signedInPhone } from "../../helpers/steps/qr";
import type { Recorder } from "./recorder";

/** An approval without the passkey that it needs, with a wrong one, and for computers that the account does not know. */
export async function approvals(service: TestService, recorder: Recorder): Promise<void> {
  await service.addUser("ada");
  const phone = await signedInPhone(service, "ada");
  const passkey = new Authenticator();
  await addPasskey(service, phone.tokens, phone.device, passkey);
  const ask = async (step: "scan" | "confirm", json: object) => {
    const path = `/api/auth/qr/${step}`;
    const { device, tokens } = phone;
    const headers = await boundHeaders(device, "POST", path, tokens.access_token, service.clock);
    return recorder.call(path, { json, headers });
  };
  await ask("scan", { qr_id: (await createQr(service)).qrId });

  const earlier = await signedInPhone(service, "ada");
  await byPhone(service, earlier, "/api/auth/logout", {});
  const { qrId } = await createQr(service, { device: earlier.device });
  const { ticket, passkey_options } = (await ask("scan", { qr_id: qrId })).body;
  await ask("confirm", { ticket });
  const unverified = passkey.get(passkey_options as { challenge: string }, { isVerified: false });
  await ask("confirm", { ticket, passkey: unverified });
  const passwords = { old_password: PASSWORD, new_password: `${PASSWORD} once more` };
  await byPhone(service, phone, "/api/auth/password", passwords);
  await ask("confirm", { ticket });
}
