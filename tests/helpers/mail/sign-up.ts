import { type Answer, newDevice, type TestService } from "../service";
import { getTicket, type Sender, send } from "../steps/sign-in";
import { codeIn, type MailServer } from "./mail-server";
import { mailSettings, sendMails } from "./steps";

export const NEWCOMERS_PASSWORD = "copper lantern meadow twelve";

export function openSettings(mailServer: MailServer): Record<string, string> {
  return { ...mailSettings(mailServer), SIGN_UP: "open" };
}

export async function askToSignUp(service: TestService, email: string, sender: Sender = {}): Promise<Answer> {
  const { t } = await getTicket(service, sender);
  return send(service, "POST", "/api/auth/sign-up/email", { t, email }, sender);
}

export async function verifySignUp(
  service: TestService,
  asked: Answer,
  wanted: { readonly code: string; readonly username: string } & Record<string, unknown>,
  sender: Sender = {},
): Promise<Answer> {
  const { t } = await getTicket(service, sender);
  const json = { t, verification_id: asked.body.verification_id, password: NEWCOMERS_PASSWORD, ...wanted };
  return send(service, "POST", "/api/auth/sign-up/verify", json, sender);
}

/** The code of the newest mail to the address, as soon as there are so many. */
export async function mailedCode(
  service: TestService,
  mailServer: MailServer,
  email: string,
  count = 1,
): Promise<string> {
  await sendMails(service);
  return codeIn(await mailServer.mailTo(email, count));
}

/** From the address to the first session, in a browser of its own. */
export async function signUpByMail(
  service: TestService,
  mailServer: MailServer,
  { email, username }: { readonly email: string; readonly username: string },
): Promise<{
  readonly sender: Sender;
  readonly asked: Answer;
  readonly code: string;
  readonly answer: Answer;
}> {
  const sender = { device: await newDevice() };
  const before = mailServer.mails.filter(({ to }) => to.includes(email)).length;
  const asked = await askToSignUp(service, email, sender);
  const code = await mailedCode(service, mailServer, email, before + 1);
  return { sender, asked, code, answer: await verifySignUp(service, asked, { code, username }, sender) };
}
