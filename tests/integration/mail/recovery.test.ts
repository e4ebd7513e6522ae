import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { codeIn, type MailServer, startMailServer } from "../../helpers/mail/mail-server";
import { addEmail, callBy, mailSettings, sendMails } from "../../helpers/mail/steps";
import {
  type Answer,
  type Device,
  newDevice,
  PASSWORD,
  startService,
  type TestService,
} from "../../helpers/service";
import { getTicket, type Sender, send } from "../../helpers/steps/sign-in";

const NEW_PASSWORD = "seven lamps over a quarry";

let mailServer: MailServer;
let service: TestService;
let email: string;
let browser: Device;
let count = 0;

beforeAll(async () => {
  mailServer = await startMailServer();
});
afterAll(() => mailServer.close());

beforeEach(async () => {
  count += 1;
  email = `ada${count}@example.com`;
  service = await startService(mailSettings(mailServer));
  browser = await newDevice();
  await service.addUser("ada");
  await service.addUser("ben");
  await addEmail(service, mailServer, await service.signIn("ada"), email);
  return () => service.close();
});

async function ask(identifier: string, sender: Sender = { device: browser }): Promise<Answer> {
  const { t } = await getTicket(service, sender);
  return send(service, "POST", "/api/auth/recovery", { t, identifier }, sender);
}
const verify = (asked: Answer, code: string, sender: Sender = { device: browser }) =>
  send(service, "POST", "/api/auth/recovery/verify", { recovery_id: asked.body.recovery_id, code }, sender);
const complete = (verified: Answer, password = NEW_PASSWORD) =>
  service.call("/api/auth/recovery/complete", { json: { reset_token: verified.body.reset_token, password } });
const mails = () => mailServer.mails.filter(({ to }) => to.includes(email));
async function mailedCode(nth: number): Promise<string> {
  await sendMails(service);
  // The first proved the address.
  return codeIn(await mailServer.mailTo(email, nth + 1));
}
const shape = ({ status, body }: Answer) => [status, Object.keys(body), body.expires_in];

describe("somebody who has forgotten the password", () => {
  it("gets back in by the code that is mailed, all sessions end, and all addresses hear of it", async () => {
    const session = await service.signIn("ada");
    const asked = await ask("ada");
    expect(shape(asked)).toEqual([202, ["recovery_id", "expires_in"], 600]);
    const code = await mailedCode(1);
    const verified = await verify(asked, `${code.slice(0, 4)} ${code.slice(4)}`);
    expect(verified).toMatchObject({ status: 200, body: { expires_in: 600 } });
    expect((await complete(verified)).status).toBe(204);
    const headers = { authorization: `Bearer ${session.access_token}` };
    expect((await service.call("/api/auth/me", { headers })).body.error).toBe("session_revoked");
    await expect(service.signIn("ada")).rejects.toThrow("invalid_credentials");
    await service.signIn("ada", undefined, NEW_PASSWORD);
    await sendMails(service);
    expect(mails().at(-1)?.header("Subject")).toBe(
      "A new password was set for your account at localhost:3000",
    );
    expect((await complete(verified, PASSWORD)).body.error).toBe("invalid_reset_token");
  });

  it("is found by the address too, in any spelling, and the mail goes to that one", async () => {
    const other = `other${count}@example.com`;
    await addEmail(service, mailServer, await service.signIn("ada"), other);
    await ask(other.toUpperCase());
    await sendMails(service);
    expect((await mailServer.mailTo(other, 2)).header("Subject")).toBe(
      "Set a new password for localhost:3000",
    );
    expect(mails().map((mail) => mail.header("Subject"))).not.toContain(
      "Set a new password for localhost:3000",
    );
  });

  it("gets the same answer as one whom nobody knows, who has no address, or is disabled; and no code works there", async () => {
    await service.addUser("carol");
    const carol = `carol${count}@example.com`;
    await addEmail(service, mailServer, await service.signIn("carol"), carol);
    await service.container.accounts.disable("carol");
    const before = mailServer.mails.length;
    const known = shape(await ask("ada"));
    for (const nobody of ["nobody", "nobody@example.com", "ben", "carol", carol, "\u202e", "a".repeat(256)]) {
      const asked = await ask(nobody);
      expect(shape(asked), nobody).toEqual(known);
      expect((await verify(asked, "00000000")).body.error).toBe("invalid_code");
    }
    await sendMails(service);
    expect(mailServer.mails.length - before).toBe(1);
    await service.container.mail.sweep(service.clock.now());
    expect(service.log()).not.toContain("given up");
  });

  it("types the code in the browser that asked: it works for no other key, and for none without", async () => {
    const asked = await ask("ada");
    const code = await mailedCode(1);
    expect((await verify(asked, code, { device: await newDevice() })).body.error).toBe("invalid_code");
    expect((await verify(asked, code, {})).body.error).toBe("invalid_code");
    const another = await ask("ada", { device: await newDevice() });
    expect((await verify(another, code)).body.error).toBe("invalid_code");
    expect((await verify(asked, code)).status).toBe(200);
  });

  it("has five tries for each code; the right one is refused after them, and another code works", async () => {
    const asked = await ask("ada");
    const code = await mailedCode(1);
    const wrong = String((Number(code) + 1) % 100_000_000).padStart(8, "0");
    const guesses = await Promise.all(Array.from({ length: 20 }, () => verify(asked, wrong)));
    expect(new Set(guesses.map(({ body }) => body.error))).toEqual(new Set(["invalid_code"]));
    expect((await verify(asked, code)).body.error).toBe("invalid_code");
    expect((await verify(await ask("ada"), await mailedCode(2))).status).toBe(200);
  });

  it("uses a code once, of five who send it at once, and not after ten minutes", async () => {
    const asked = await ask("ada");
    const code = await mailedCode(1);
    const answers = await Promise.all(Array.from({ length: 5 }, () => verify(asked, code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const late = await ask("ada");
    const lateCode = await mailedCode(2);
    service.clock.advance(600);
    expect((await verify(late, lateCode)).body.error).toBe("invalid_code");
  });

  it("is not let in when the account is disabled between the code and the new password", async () => {
    const asked = await ask("ada");
    const verified = await verify(asked, await mailedCode(1));
    await service.container.accounts.disable("ada", "may_go");
    expect((await complete(verified)).body.error).toBe("invalid_reset_token");
    expect((await verify(await ask("ada"), "00000000")).body.error).toBe("invalid_code");
  });

  const removeAddress = async () => {
    const tokens = await service.signIn("ada");
    const answer = await callBy(service, tokens, `/api/auth/emails/${encodeURIComponent(email)}`);
    expect(answer.status).toBe(204);
  };
  const changePassword = async () => {
    const json = { old_password: PASSWORD, new_password: NEW_PASSWORD };
    expect((await callBy(service, await service.signIn("ada"), "/api/auth/password", json)).status).toBe(204);
  };
  const disableAndEnable = async () => {
    await service.container.accounts.disable("ada", "may_go");
    await service.container.accounts.enable("ada");
  };
  it.each([
    ["the address that it went to was removed", removeAddress],
    ["the password was changed", changePassword],
    ["the operator set a password", () => service.container.accounts.resetPassword("ada", NEW_PASSWORD)],
    ["the account was disabled, and enabled again", disableAndEnable],
  ])("is let in neither by the code nor by what it was exchanged for once %s", async (_, happen) => {
    const asked = await ask("ada");
    const code = await mailedCode(1);
    const verified = await verify(await ask("ada"), await mailedCode(2));
    expect(verified.status).toBe(200);
    await happen();
    expect((await complete(verified, "another one of three lamps")).body.error).toBe("invalid_reset_token");
    expect((await verify(asked, code)).body.error).toBe("invalid_code");
  });

  it("changes nothing by the code alone: the password is the old one until a new one is set", async () => {
    await verify(await ask("ada"), await mailedCode(1));
    await service.signIn("ada");
  });

  it("still gets a mail at a known device after strangers have used up the account's share of this hour", async () => {
    await service.signIn("ada", browser);
    const stranger = { device: await newDevice(), address: "203.0.113.9" };
    for (let asks = 0; asks < 12; asks += 1) expect((await ask("ada", stranger)).status).toBe(202);
    await sendMails(service);
    // Another instance may still be sending some of them.
    await mailServer.mailTo(email, 11);
    expect(mails()).toHaveLength(11);
    expect((await verify(await ask("ada"), await mailedCode(11))).status).toBe(200);
  });

  it("still gets a mail when another kind has used up its budget and holds up its connections", async () => {
    await service.close();
    service = await startService({ ...mailSettings(mailServer), LIMIT_MAILS: "8" });
    for (const name of ["ada", "ben"]) await service.addUser(name);
    await addEmail(service, mailServer, await service.signIn("ada"), email);
    const ben = await service.signIn("ben");
    const headers = { authorization: `Bearer ${ben.access_token}` };
    const flood = () =>
      service.call("/api/auth/emails", { headers, json: { email: `victim${Math.random()}@example.com` } });
    for (let asks = 0; asks < 7; asks += 1) await flood();
    expect((await flood()).body.error).toBe("too_many_attempts");
    // The mails of the flood are taken in by the server, and never accepted.
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    mailServer.onMail = ({ to }) => (to[0]?.startsWith("victim") ? held : Promise.resolve());
    const sending = service.container.mail.sender?.sendDue();
    const asked = await ask("ada");
    service.container.mail.sender?.nudge();
    const mail = await mailServer.mailTo(email, mails().length + 1);
    expect((await verify(asked, codeIn(mail))).status).toBe(200);
    mailServer.onMail = async () => undefined;
    release();
    await sending;
  });

  it("is told by no answer that the address has asked too often, until it is a hundred times an hour", async () => {
    const sender = { address: "203.0.113.77" };
    for (let asks = 0; asks < 100; asks += 1) expect((await ask("nobody", sender)).status).toBe(202);
    expect((await ask("nobody", sender)).body.error).toBe("too_many_attempts");
    expect((await ask("ada")).status).toBe(202);
  });
});
