/** What a stranger can do where anybody may sign up with a mail address. */
import { afterEach, beforeEach, describe } from "vitest";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import { codeIn, type MailServer, startMailServer } from "../helpers/mail/mail-server";
import { askToSignUp, mailedCode, openSettings, signUpByMail, verifySignUp } from "../helpers/mail/sign-up";
import { addEmail, sendMails } from "../helpers/mail/steps";
import { type Device, newDevice, startService, type TestService } from "../helpers/service";
import { getTicket, send } from "../helpers/steps/sign-in";

const VICTIM = "victim@example.com";

let mailServer: MailServer;
let service: TestService;
let attacker: Device;

beforeEach(async () => {
  mailServer = await startMailServer();
  service = await startService({ ...openSettings(mailServer), LIMIT_MAILS: "300" });
  await service.addUser("ada");
  await addEmail(service, mailServer, await service.signIn("ada"), "ada@example.com");
  attacker = await newDevice();
});
afterEach(async () => {
  await service.close();
  await mailServer.close();
});

describe("an address that is registered before its owner comes", () => {
  attack(
    "with a code that its owner is talked into reading out after they have signed up",
    "attacker 202, owner 201, attacker 401 invalid_code",
    async () => {
      const asked = await askToSignUp(service, VICTIM, { device: attacker });
      const code = await mailedCode(service, mailServer, VICTIM);
      const { answer } = await signUpByMail(service, mailServer, { email: VICTIM, username: "vera" });
      const late = await verifySignUp(service, asked, { code, username: "eve" }, { device: attacker });
      return `attacker ${told(asked)}, owner ${told(answer)}, attacker ${told(late)}`;
    },
  );

  attack(
    "as a username, so that nobody can prove it",
    "attacker 400 invalid_request, owner 201",
    async () => {
      const eve = { email: "eve@example.com", username: VICTIM };
      const { answer: named } = await signUpByMail(service, mailServer, eve);
      const { answer } = await signUpByMail(service, mailServer, { email: VICTIM, username: "vera" });
      return `attacker ${told(named)}, owner ${told(answer)}`;
    },
  );

  attack("and its code used in another browser", "401 invalid_code, and no account", async () => {
    const asked = await askToSignUp(service, VICTIM, { device: await newDevice() });
    const code = await mailedCode(service, mailServer, VICTIM);
    const answer = await verifySignUp(service, asked, { code, username: "eve" }, { device: attacker });
    const made = await service.container.accounts.findByUsername("eve");
    return `${told(answer)}, and ${made ? "an account" : "no account"}`;
  });
});

describe("a code that was mailed before the operator", () => {
  const codeFor = async (email: string) => {
    const asked = await askToSignUp(service, email, { device: attacker });
    return { asked, code: await mailedCode(service, mailServer, email) };
  };
  const entered = async (settings: Record<string, string>) => {
    const { asked, code } = await codeFor("eve@example.com");
    const restarted = await service.another(settings);
    const answer = await verifySignUp(restarted, asked, { code, username: "eve" }, { device: attacker });
    const made = await restarted.container.accounts.findByUsername("eve");
    await restarted.close();
    return `${told(answer)}, and ${made ? "an account" : "no account"}`;
  };

  attack("closed the sign-up is entered after it", "403 forbidden, and no account", () =>
    entered({ SIGN_UP: "invite" }),
  );

  attack(
    "left the domain out of those that may sign up is entered after it",
    "401 invalid_code, and no account",
    () => entered({ SIGN_UP_DOMAINS: "example.org" }),
  );
});

describe("somebody's mailbox", () => {
  attack(
    "is to be filled with codes, each asked for with another tag behind the name",
    "30 × 202; 5 mails",
    async () => {
      const answers = [];
      for (let index = 0; index < 30; index += 1) {
        const address = `198.51.100.${index}`;
        answers.push(await askToSignUp(service, `victim+${index}@example.com`, { address }));
      }
      await sendMails(service);
      const mails = mailServer.mails.filter(({ to }) => to.some((receiver) => receiver.startsWith("victim")));
      return `${toldOfAll(answers)}; ${mails.length} mails`;
    },
  );
});

/** The service's clock stands still from here on: what comes now comes without any wait of the service. */
async function recoveryMailAfter(flood: () => Promise<string>): Promise<string> {
  service.clock.stop();
  // The mail server takes its time for each sign-up, until the test is over.
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  mailServer.onMail = (mail) => (mail.header("Subject")?.includes("new account") ? held : Promise.resolve());
  const flooded = await flood();
  const owner = { device: await newDevice(), address: "192.0.2.77" };
  const { t } = await getTicket(service, owner);
  const asked = await send(service, "POST", "/api/auth/recovery", { t, identifier: "ada" }, owner);
  const code = codeIn(await mailServer.mailTo("ada@example.com", 2));
  const json = { recovery_id: asked.body.recovery_id, code };
  const verified = await send(service, "POST", "/api/auth/recovery/verify", json, owner);
  release();
  return `${flooded}; the recovery mail after 0 s, its code ${told(verified)}`;
}

describe("a flood of sign-ups, while the mail server is slow for them", () => {
  attack(
    "from one address: it has its share, and somebody's recovery mail waits for none of it",
    "100 × 202, 50 × 429 too_many_attempts; the recovery mail after 0 s, its code 200",
    () =>
      recoveryMailAfter(async () => {
        const answers = [];
        for (let index = 0; index < 150; index += 1)
          answers.push(await askToSignUp(service, `flood${index}@example.com`, { device: attacker }));
        return toldOfAll(answers);
      }),
  );

  attack(
    "from 400 addresses, which use up what may be mailed to newcomers in an hour: the recovery mail waits for none of it",
    "300 × 202, 100 × 429 too_many_attempts; the recovery mail after 0 s, its code 200",
    () =>
      recoveryMailAfter(async () => {
        const answers = [];
        for (let index = 0; index < 400; index += 1) {
          const address = `198.51.${100 + Math.floor(index / 200)}.${index % 200}`;
          answers.push(await askToSignUp(service, `flood${index}@example.com`, { address }));
        }
        return toldOfAll(answers);
      }),
  );
});
