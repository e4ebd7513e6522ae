import { type Answer, bearer, type CallOptions, type TestService, type Tokens } from "../service";
import { codeIn, type MailServer } from "./mail-server";

/** The settings of a service that sends to the server of the test. */
export function mailSettings({ url }: Pick<MailServer, "url">): Record<string, string> {
  return { SMTP_URL: url, MAIL_FROM: "Accounts <accounts@example.com>" };
}

export function callBy(
  service: TestService,
  tokens: Tokens,
  path: string,
  json?: object,
  options: CallOptions = {},
): Promise<Answer> {
  const method = json === undefined ? "DELETE" : "POST";
  const headers = bearer(tokens.access_token);
  return service.call(path, { ...options, method, headers, ...(json === undefined ? {} : { json }) });
}

/** Sends what is due, and waits until it is sent. */
export async function sendMails(service: TestService): Promise<void> {
  await service.container.mail.sender?.sendDue();
}

/** Adds and verifies an address, by the code of its mail. */
export async function addEmail(
  service: TestService,
  mailServer: MailServer,
  tokens: Tokens,
  email: string,
): Promise<void> {
  const asked = await callBy(service, tokens, "/api/auth/emails", { email });
  if (asked.status !== 202) throw new Error(`asking answered ${asked.status} ${JSON.stringify(asked.body)}`);
  await sendMails(service);
  const code = codeIn(await mailServer.mailTo(email));
  const verified = await callBy(service, tokens, "/api/auth/emails/verify", { email, code });
  if (verified.status !== 204) throw new Error(`verifying answered ${verified.status}`);
}
