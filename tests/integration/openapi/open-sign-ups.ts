import { administrator, INVITATIONS } from "../../helpers/invitations/steps";
import { codeIn, type MailServer, startMailServer } from "../../helpers/mail/mail-server";
import { NEWCOMERS_PASSWORD, openSettings } from "../../helpers/mail/sign-up";
import { sendMails } from "../../helpers/mail/steps";
import { boundHeaders, type TestService } from "../../helpers/service";
import type { Recorder } from "./recorder";
import { withService } from "./refusals";

const ASK = "/api/auth/sign-up/email";
const VERIFY = "/api/auth/sign-up/verify";
const email = "grace@example.com";

const wishOfNobody = {
  ...{ verification_id: "none", code: "none" },
  ...{ username: "grace", password: NEWCOMERS_PASSWORD },
};

type Seen = Parameters<typeof withService>[0];

/** Newcomers without an invitation, and each way in which one is refused. */
export async function openSignUps(seen: Seen): Promise<void> {
  const mailServer = await startMailServer();
  const settings = openSettings(mailServer);
  await withService(seen, settings, (service, recorder) => signUps(service, recorder, mailServer));
  await withService(seen, { ...settings, CAPTCHA: "always" }, checks);
  await withService(seen, { ...settings, SECOND_FACTOR: "required" }, async (service, recorder) => {
    await service.addUser("olive");
    await signUp(service, recorder, mailServer);
  });
  await withService(seen, settings, async (service, recorder) => {
    const { device, tokens } = await administrator(service, "olive");
    const post = async (path: string, json: object) => {
      const headers = await boundHeaders(device, "POST", path, tokens.access_token, service.clock);
      return recorder.call(path, { method: "POST", headers, json });
    };
    const { id } = (await post(INVITATIONS, { email })).body;
    for (let count = 0; count < 5; count += 1) await post(INVITATIONS, { email });
    await post(`${INVITATIONS}/${id}/renew`, {});
  });
  await withService(seen, {}, async (_, recorder) => {
    await recorder.call(ASK, { json: { t: "none", email } });
    await recorder.call(VERIFY, { json: { t: "none", ...wishOfNobody } });
  });
  await mailServer.close();
}

const ticketOf = async (service: TestService) => (await service.call("/api/auth/get_t")).body;

async function signUp(service: TestService, recorder: Recorder, mailServer: MailServer) {
  const { t } = await ticketOf(service);
  const asked = await recorder.call(ASK, { json: { t, email } });
  await sendMails(service);
  const wish = {
    ...{ verification_id: asked.body.verification_id, username: "grace", password: NEWCOMERS_PASSWORD },
    code: codeIn(await mailServer.mailTo(email)),
  };
  const verify = async (changes: object = {}, headers: Record<string, string> = {}) => {
    const json = { ...wish, t: (await ticketOf(service)).t, ...changes };
    return recorder.call(VERIFY, { json, headers });
  };
  return { verify, made: await verify() };
}

async function signUps(service: TestService, recorder: Recorder, mailServer: MailServer): Promise<void> {
  await service.addUser("olive");
  const ask = async (json: object = {}, headers: Record<string, string> = {}) =>
    recorder.call(ASK, { json: { t: (await ticketOf(service)).t, email, ...json }, headers });
  await ask({ email: "none" });
  await ask({ t: "never-was" });
  await ask({}, { dpop: "bad" });
  const { verify } = await signUp(service, recorder, mailServer);
  await verify({ t: "never-was" });
  await verify({ username: "" });
  await verify({ password: "password" });
  await verify({ code: "none" });
  await verify({}, { dpop: "bad" });
  const other = "other@example.com";
  const { verification_id } = (await ask({ email: other })).body;
  await sendMails(service);
  const proven = { verification_id, code: codeIn(await mailServer.mailTo(other)), username: "olive" };
  for (let count = 0; count < 51; count += 1) await verify(proven);
  for (let count = 0; count < 100; count += 1) await ask();
}

async function checks(service: TestService, recorder: Recorder): Promise<void> {
  await service.addUser("olive");
  for (const [path, json] of [
    [ASK, { email }],
    [VERIFY, wishOfNobody],
  ] as const) {
    const { t, captcha } = await ticketOf(service);
    await recorder.call(path, { json: { t, ...json } });
    const wrong = { id: (captcha as { id: string }).id, kind: "image", answer: "wrong" };
    await recorder.call(path, { json: { t, ...json, captcha: wrong } });
  }
}
