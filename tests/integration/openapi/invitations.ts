import { type Administrator, administrator, INVITATIONS } from "../../helpers/invitations/steps";
import { Authenticator } from "../../helpers/passkeys/authenticator";
import { boundHeaders, newDevice, proofHeader, type TestService, type Tokens } from "../../helpers/service";
import { getTicket } from "../../helpers/steps/sign-in";
import { Recorder } from "./recorder";

const LISTS = "/api/admin/invitation-lists";

/** A whole life of invitations, with what is refused on the way. */
export async function invitations(service: TestService, recorder: Recorder): Promise<void> {
  const owner = await administrator(service, "olive");
  const user = await administrator(service, "ursula", ["user"]);
  const as = async (by: Administrator, method: string, path: string, json?: object) => {
    const headers = await boundHeaders(by.device, method, path, by.tokens.access_token, service.clock);
    return recorder.call(path, { method, headers, ...(json ? { json } : {}) });
  };
  const made = await as(owner, "POST", INVITATIONS, { uses: 3 });
  const own = `${INVITATIONS}/${made.body.id}`;
  await as(owner, "POST", INVITATIONS, { uses: 0 });
  await as(owner, "POST", LISTS, { list: "email\nlisted@example.com\nnobody" });
  await as(owner, "POST", LISTS, { list: "names" });
  await as(user, "POST", LISTS, { list: "email\nlisted@example.com" });
  await as(owner, "GET", INVITATIONS);
  await as(owner, "GET", `${INVITATIONS}?limit=0`);
  const renewed = await as(owner, "POST", `${own}/renew`);
  await as(owner, "POST", `${INVITATIONS}/none/renew`);
  await as(owner, "DELETE", `${INVITATIONS}/none`);
  for (const [method, path] of [
    ["POST", INVITATIONS],
    ["GET", INVITATIONS],
    ["POST", `${own}/renew`],
    ["DELETE", own],
  ] as const) {
    const json = method === "POST" ? {} : undefined;
    await as(user, method, path, json);
  }
  const code = new URL(String(renewed.body.url)).hash.slice(1);
  await passkeySignUps(service, recorder, code);
  await signUps(service, recorder, code);
  await as(owner, "DELETE", own);
  await as(owner, "POST", `${own}/renew`);
}

/** A newcomer without a password, and each way in which one is refused. */
async function passkeySignUps(service: TestService, recorder: Recorder, code: string): Promise<void> {
  const path = "/api/auth/sign-up/options";
  const device = await newDevice();
  const sent = (at: string, json: object) => {
    const by = proofHeader(device, "POST", at, service.clock);
    return by.then((headers) => recorder.call(at, { json, headers }));
  };
  const wish = { invitation: code, username: "henry" };
  const ask = async (changes: object = {}) => {
    const { t } = await getTicket(service, { device });
    return sent(path, { ...wish, t, ...changes });
  };
  await sent(path, {});
  await ask({ t: "never-was" });
  await ask({ invitation: "none" });
  await ask({ username: "olive" });
  await recorder.call(path, { json: { ...wish, t: "x" }, headers: { dpop: "bad" } });
  const passkey = new Authenticator();
  const { options } = (await ask()).body as { options: Parameters<Authenticator["create"]>[0] };
  const signUp = { ...wish, passkey: passkey.create(options) };
  const answer = await sent("/api/auth/sign-up", signUp);
  await sent("/api/auth/sign-up", { ...signUp, username: "another" });
  const tokens = answer.body as unknown as Tokens;
  const remove = ["DELETE", `/api/auth/passkeys/${passkey.id}`] as const;
  const headers = await boundHeaders(device, ...remove, tokens.access_token, service.clock);
  await recorder.call(remove[1], { method: remove[0], headers });

  const strict = await service.another({ CAPTCHA: "always" });
  const { t, captcha } = (await strict.call("/api/auth/get_t")).body;
  const asked = new Recorder(strict, recorder.seen);
  await asked.call(path, { json: { ...wish, t } });
  const wrong = { id: (captcha as { id: string }).id, kind: "pow", answer: "x" };
  await asked.call(path, { json: { ...wish, t, captcha: wrong } });
  await strict.close();
}

const PASSWORD = "copper lantern meadow twelve";

/** Newcomers, and each way in which one is refused. */
async function signUps(service: TestService, recorder: Recorder, code: string): Promise<void> {
  const path = "/api/auth/sign-up";
  const wish = { invitation: code, username: "grace", password: PASSWORD };
  const signUp = async (changes: object = {}) => {
    const { t } = (await service.call("/api/auth/get_t")).body;
    return recorder.call(path, { json: { ...wish, t, ...changes } });
  };
  await recorder.call("/api/auth/invitation", { json: { invitation: code } });
  await recorder.call("/api/auth/invitation", { json: { invitation: "none" } });
  await recorder.call("/api/auth/invitation", { json: {} });
  await signUp({ username: "" });
  await signUp({ t: "never-was" });
  await signUp({ invitation: "none" });
  await signUp({ username: "olive" });
  await signUp({ password: "password" });
  await recorder.call(path, { json: { ...wish, t: "x", delivery: "cookie" }, headers: { dpop: "bad" } });
  await signUp();
  for (let round = 0; round < 7; round += 1) await signUp({ password: `${PASSWORD} ${round}` });

  for (const settings of [{ CAPTCHA: "always" }, { SECOND_FACTOR: "required" }]) {
    const other = await service.another(settings);
    const { t, captcha } = (await other.call("/api/auth/get_t")).body;
    const json = { ...wish, t, username: `grace${Object.keys(settings)}` };
    const strict = new Recorder(other, recorder.seen);
    await strict.call(path, { json });
    const { id } = (captcha ?? {}) as { id?: string };
    if ("CAPTCHA" in settings)
      await strict.call(path, { json: { ...json, captcha: { id, kind: "pow", answer: "x" } } });
    await other.close();
  }
}
