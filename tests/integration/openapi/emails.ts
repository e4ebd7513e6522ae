import { codeIn, startMailServer } from "../../helpers/mail/mail-server";
import { mailSettings, sendMails } from "../../helpers/mail/steps";
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
