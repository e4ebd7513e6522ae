import { codeIn, startMailServer } from "../../helpers/mail/mail-server";
import { addEmail, mailSettings, sendMails } from "../../helpers/mail/steps";
import { bearer } from "../../helpers/service";
import type { Recorder } from "./recorder";
import { withService } from "./refusals";

/** An address from asking for it to its removal, with what is refused on the way. */
export async function emails(seen: Parameters<typeof withService>[0]): Promise<void> {
  const mailServer = await startMailServer();
  await withService(
    seen,
    { ...mailSettings(mailServer), ACCESS_TOKEN_LIFETIME: "3600" },
    async (service, recorder: Recorder) => {
      await service.addUser("ada");
      const headers = bearer((await service.signIn("ada")).access_token);
      const post = (path: string, json: object) => recorder.call(path, { method: "POST", headers, json });
      const email = "ada@example.com";
      await post("/api/auth/emails", { email: "ada" });
      await post("/api/auth/emails", { email });
      await sendMails(service);
      const code = codeIn(await mailServer.mailTo(email));
      await post("/api/auth/emails/verify", {});
      await post("/api/auth/emails/verify", { email, code: "none" });
      await post("/api/auth/emails/verify", { email, code });
      for (let count = 0; count < 10; count += 1) await post("/api/auth/emails", { email: "b@example.com" });
      const address = `/api/auth/emails/${encodeURIComponent(email)}`;
      await recorder.call(address, { method: "DELETE", headers });
      await recorder.call(address, { method: "DELETE", headers });
      service.clock.advance(601);
      await post("/api/auth/emails", { email });
    },
  );
  await mailServer.close();
}

/** A forgotten password, with what is refused on the way. */
export async function mailRecoveries(seen: Parameters<typeof withService>[0]): Promise<void> {
  const mailServer = await startMailServer();
  await withService(seen, mailSettings(mailServer), async (service, recorder: Recorder) => {
    await service.addUser("ada");
    await addEmail(service, mailServer, await service.signIn("ada"), "ada@example.com");
    const ask = async (json: object = {}, headers: Record<string, string> = {}) => {
      const { t } = (await service.call("/api/auth/get_t")).body;
      return recorder.call("/api/auth/recovery", { json: { t, identifier: "ada", ...json }, headers });
    };
    const { recovery_id } = (await ask()).body;
    await ask({ t: "never-was" });
    await ask({ identifier: "" });
    await ask({}, { dpop: "bad" });
    await sendMails(service);
    const code = codeIn(await mailServer.mailTo("ada@example.com", 2));
    const verify = (json: object, headers: Record<string, string> = {}) =>
      recorder.call("/api/auth/recovery/verify", { json, headers });
    await verify({});
    await verify({ recovery_id, code }, { dpop: "bad" });
    await verify({ recovery_id, code: "none" });
    await verify({ recovery_id, code });
    for (let count = 0; count < 100; count += 1) await ask();
  });
  await withService(seen, { ...mailSettings(mailServer), CAPTCHA: "always" }, async (service, recorder) => {
    const { t, captcha } = (await service.call("/api/auth/get_t")).body as {
      t: string;
      captcha: { id: string };
    };
    const input = { t, identifier: "ada" };
    await recorder.call("/api/auth/recovery", { json: input });
    const wrong = { id: captcha.id, kind: "image", answer: "wrong" };
    await recorder.call("/api/auth/recovery", { json: { ...input, captcha: wrong } });
  });
  await withService(seen, {}, async (service, recorder) => {
    const { t } = (await service.call("/api/auth/get_t")).body;
    await recorder.call("/api/auth/recovery", { json: { t, identifier: "ada" } });
  });
  await mailServer.close();
}
