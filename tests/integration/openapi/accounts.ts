import { addApp, complete } from "../../helpers/second-factor/steps";
import { bearer, PASSWORD, type TestService, type Tokens } from "../../helpers/service";
import { signedInPhone } from "../../helpers/steps/qr";
import { attempt, getTicket } from "../../helpers/steps/sign-in";
import { Recorder } from "./recorder";

const ME = "/api/auth/me";
const KEEP = "/api/auth/keep-account";

/** What people do with their own accounts as a whole, and each way in which it is refused. */
export async function ownAccounts(service: TestService, recorder: Recorder): Promise<void> {
  await service.addUser("olive");
  await service.addUser("grace");
  const as = ({ access_token }: Tokens, method: string, path: string, json?: object) =>
    recorder.call(path, { method, headers: bearer(access_token), ...(json ? { json } : {}) });
  const olive = await service.signIn("olive");
  await as(olive, "DELETE", ME);
  await as(olive, "GET", `${ME}/export`);
  await as(olive, "GET", "/api/auth/activity");
  await as(olive, "GET", "/api/auth/activity?limit=0");
  for (let round = 0; round < 11; round += 1) await as(olive, "PATCH", ME, { username: "grace" });

  await as(await service.signIn("grace"), "DELETE", ME);
  const pending = async (at = service, recordedBy = recorder) => {
    const { t } = await getTicket(at);
    return recordedBy.call("/api/auth/login", { json: { t, username: "grace", password: PASSWORD } });
  };
  const kept = { keep_token: (await pending()).body.keep_token };
  await recorder.call(KEEP, { json: {} });
  await recorder.call(KEEP, { json: { ...kept, delivery: "cookie" }, headers: { dpop: "bad" } });
  await recorder.call(KEEP, { json: kept });
  await recorder.call(KEEP, { json: kept });

  await as(await service.signIn("grace"), "DELETE", ME);
  const strict = await service.another({ SECOND_FACTOR: "required" });
  const strictly = new Recorder(strict, recorder.seen);
  const { keep_token } = (await pending(strict, strictly)).body;
  await strictly.call(KEEP, { json: { keep_token } });
  await strict.close();

  await withSecondFactor(service, recorder);
  await withInvitation(service, recorder);
}

async function withSecondFactor(service: TestService, recorder: Recorder): Promise<void> {
  await service.addUser("ada");
  const { app } = await addApp(service, await signedInPhone(service, "ada"));
  const challenge = async () => {
    service.clock.advance(60);
    const { body } = await attempt(service, "ada", PASSWORD);
    return { challenge: body.challenge, kind: "totp", code: app.code() };
  };
  const { body } = await complete(service, await challenge());
  const headers = bearer(String(body.access_token));
  await recorder.call(ME, { method: "DELETE", headers });
  await recorder.call("/api/auth/second-factor", { json: await challenge() });
}

async function withInvitation(service: TestService, recorder: Recorder): Promise<void> {
  const owner = await service.signIn("olive");
  const made = await service.call("/api/admin/invitations", {
    headers: bearer(owner.access_token),
    json: { uses: 1 },
  });
  const invitation = new URL(String(made.body.url)).hash.slice(1);
  const wish = { invitation, username: "newcomer", password: PASSWORD };
  const { body } = await service.call("/api/auth/sign-up", {
    json: { ...wish, t: (await getTicket(service)).t },
  });
  await recorder.call(ME, { method: "DELETE", headers: bearer(String(body.access_token)) });
  await recorder.call("/api/auth/sign-up", { json: { ...wish, t: (await getTicket(service)).t } });
}
