import Sqlite from "better-sqlite3";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { codeIn, type MailServer, startMailServer } from "../../helpers/mail/mail-server";
import { addEmail, callBy, mailSettings, sendMails } from "../../helpers/mail/steps";
import { bearer, PASSWORD, startService, type TestService, type Tokens } from "../../helpers/service";

let mailServer: MailServer;
let service: TestService;
let ada: Tokens;
let ben: Tokens;
let count = 0;

beforeAll(async () => {
  mailServer = await startMailServer();
});
afterAll(() => mailServer.close());

beforeEach(async () => {
  service = await startService({ ...mailSettings(mailServer), ACCESS_TOKEN_LIFETIME: "3600" });
  await service.addUser("ada");
  await service.addUser("ben");
  ada = await service.signIn("ada");
  ben = await service.signIn("ben");
  count += 1;
  return () => service.close();
});

/** Of this test alone: the mail server keeps what came before. */
const addressOf = (name: string) => `${name}${count}@example.com`;
const ask = (by: Tokens, email: string, more: object = {}) =>
  callBy(service, by, "/api/auth/emails", { email, ...more });
const verify = (by: Tokens, email: string, code: string) =>
  callBy(service, by, "/api/auth/emails/verify", { email, code });
const remove = (by: Tokens, email: string) =>
  callBy(service, by, `/api/auth/emails/${encodeURIComponent(email)}`);
const emailsOf = async (by: Tokens) => {
  const { body } = await service.call("/api/auth/security", { headers: bearer(by.access_token) });
  return body.emails as { address: string; verified: boolean }[];
};
/** An account whose name is an address, from when that could be. */
async function addFromBefore(address: string, password = PASSWORD): Promise<void> {
  const id = await service.addUser(`before${count}`, password);
  const database = new Sqlite(service.databaseFile);
  const named = { id, username: address, key: address };
  database
    .prepare(`UPDATE "User" SET "username" = @username, "usernameKey" = @key WHERE "id" = @id`)
    .run(named);
  database.close();
}

async function signIn(username: string, password = PASSWORD) {
  const { body } = await service.call("/api/auth/get_t");
  return service.call("/api/auth/login", { json: { t: body.t, username, password } });
}
async function codeTo(email: string, mails = 1): Promise<string> {
  await sendMails(service);
  return codeIn(await mailServer.mailTo(email, mails));
}
const mailsTo = (email: string) => mailServer.mails.filter(({ to }) => to.includes(email));
const subjectsTo = (email: string) => mailsTo(email).map((mail) => mail.header("Subject"));

describe("an address of an account", () => {
  it("counts once the code that was mailed to it is entered: one signs in with it, in any spelling", async () => {
    const email = addressOf("ada");
    expect(await ask(ada, email)).toMatchObject({ status: 202, body: { expires_in: 86_400 } });
    expect(await emailsOf(ada)).toMatchObject([{ address: email, verified: false }]);
    expect((await signIn(email)).status).toBe(401);
    const code = await codeTo(email);
    expect((await verify(ada, email.toUpperCase(), ` ${code.slice(0, 4)} ${code.slice(4)}`)).status).toBe(
      204,
    );
    expect(await emailsOf(ada)).toMatchObject([{ address: email, verified: true }]);
    for (const spelling of [email, email.toUpperCase(), ` ${email} `, email.replace("@", "＠")]) {
      expect((await signIn(spelling)).status, spelling).toBe(200);
    }
    expect((await signIn(email, "not the password at all")).body.error).toBe("invalid_credentials");
    expect((await signIn("ada")).status).toBe(200);
  });

  it.each([
    ["with a mark that is not shown within it", (email: string) => email.replace("n", "n\u200b")],
    ["with an i without its dot", (email: string) => email.replace("i", "ı")],
  ])("is told by no limit that one spelling reaches and another does not: %s", async (_, respell) => {
    const [known, unknown] = [addressOf("nin"), addressOf("nim")];
    await addEmail(service, mailServer, ada, known);
    const heard = async (email: string) => {
      for (let guess = 0; guess < 5; guess += 1) await signIn(email, "not the password at all");
      return (await signIn(respell(email), "not the password at all")).body.error;
    };
    expect(await heard(known)).toBe("too_many_attempts");
    expect(await heard(unknown)).toBe("too_many_attempts");
  });

  it("is removed by its path, whatever its letters are", async () => {
    const email = `a/b?c%41#${count}@example.com`;
    await addEmail(service, mailServer, ada, email);
    expect((await remove(ada, email)).status).toBe(204);
    expect(await emailsOf(ada)).toEqual([]);
  });

  it("takes a step-up, for adding it and for removing it", async () => {
    await addEmail(service, mailServer, ada, addressOf("ada"));
    service.clock.advance(601);
    expect((await ask(ada, addressOf("other"))).body.error).toBe("step_up_required");
    expect((await remove(ada, addressOf("ada"))).body.error).toBe("step_up_required");
  });

  it("is not verified by a wrong code, and after five of them not by the right one", async () => {
    const email = addressOf("ada");
    await ask(ada, email);
    const code = await codeTo(email);
    const wrong = String((Number(code) + 1) % 100_000_000).padStart(8, "0");
    for (let tries = 0; tries < 5; tries += 1) {
      expect((await verify(ada, email, wrong)).body).toMatchObject({ error: "invalid_code" });
    }
    expect((await verify(ada, email, code)).body.error).toBe("invalid_code");
    await ask(ada, email);
    expect((await verify(ada, email, await codeTo(email, 2))).status).toBe(204);
  });

  it("is verified by one of fifty who enter the code at once", async () => {
    const email = addressOf("ada");
    await ask(ada, email);
    const code = await codeTo(email);
    const answers = await Promise.all(Array.from({ length: 50 }, () => verify(ada, email, code)));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(await emailsOf(ada)).toHaveLength(1);
  });

  it("is not verified after 24 hours, nor by another account's code, and then it is forgotten", async () => {
    const email = addressOf("ada");
    await ask(ada, email);
    const code = await codeTo(email);
    await ask(ben, email);
    expect((await verify(ben, email, code)).body.error).toBe("invalid_code");
    service.clock.advance(86_401);
    ada = await service.signIn("ada");
    expect((await verify(ada, email, code)).body.error).toBe("invalid_code");
    await service.container.emails.sweep(service.clock.now());
    expect(await emailsOf(ada)).toEqual([]);
  });

  it("is had by the account that proves it first; the other gets the same answers, and its mail says so", async () => {
    const email = addressOf("shared");
    const free = await ask(ben, addressOf("free"));
    await ask(ada, email);
    const code = await codeTo(email);
    await ask(ben, email);
    const codeOfBen = await codeTo(email, 2);
    expect((await verify(ada, email, code)).status).toBe(204);
    const late = await verify(ben, email, codeOfBen);
    const wrong = await verify(ben, addressOf("free"), "00000000");
    const { request_id: _, ...answer } = wrong.body;
    expect(late).toMatchObject({ status: wrong.status, body: answer });
    const taken = await ask(ben, email);
    expect([taken.status, taken.body]).toEqual([free.status, free.body]);
    expect((await emailsOf(ben)).map(({ verified }) => verified)).toEqual([false, false]);
    await sendMails(service);
    const told = await mailServer.mailTo(email, 3);
    expect(told.text).toContain("Another account has it already");
    expect(() => codeIn(told)).toThrow();
    expect((await signIn(email)).body.session_id).toBeDefined();
    expect((await verify(ben, email, "")).body.error).toBe("invalid_request");
  });

  it("is not had by who asks for one that is another account's username", async () => {
    const email = addressOf("carol");
    await addFromBefore(email);
    await ask(ada, email);
    await sendMails(service);
    expect((await mailServer.mailTo(email)).text).toContain("Another account has it already");
  });

  it("stays its owner's way in where an account from before has it as its username", async () => {
    const email = addressOf("ada");
    await addEmail(service, mailServer, ada, email);
    await addFromBefore(email, "lantern orchid saddle nineteen");
    expect((await signIn(email)).status).toBe(200);
    expect((await signIn(email, "lantern orchid saddle nineteen")).status).toBe(401);
  });

  it("is heard of by the others when it is added, and by all when it is removed", async () => {
    const [first, second] = [addressOf("first"), addressOf("second")];
    await addEmail(service, mailServer, ada, first);
    await addEmail(service, mailServer, ada, second);
    await sendMails(service);
    expect(subjectsTo(first)).toContain("An address was added to your account at localhost:3000");
    expect(subjectsTo(second)).toEqual(["Confirm your address for localhost:3000"]);
    expect((await remove(ada, second.toUpperCase())).status).toBe(204);
    await sendMails(service);
    for (const email of [first, second])
      expect(subjectsTo(email)).toContain("An address was removed from your account at localhost:3000");
    expect((await signIn(second)).status).toBe(401);
    expect((await remove(ada, second)).body.error).toBe("not_found");
    expect((await remove(ben, first)).body.error).toBe("not_found");
    const again = await service.signIn("ada");
    const { body } = await service.call("/api/auth/notices", { headers: bearer(again.access_token) });
    const types = (body.notices as { type: string }[]).map(({ type }) => type);
    expect(types.filter((type) => type === "email_added")).toHaveLength(2);
    expect(types.filter((type) => type === "email_removed")).toHaveLength(1);
  });

  it("can be had again after it was removed, by another account too; and after its account is deleted", async () => {
    const email = addressOf("ada");
    await addEmail(service, mailServer, ada, email);
    await remove(ada, email);
    await sendMails(service);
    const before = mailsTo(email).length;
    await ask(ben, email);
    expect((await verify(ben, email, await codeTo(email, before + 1))).status).toBe(204);
    await service.container.accounts.disable("ben");
    expect((await signIn(email)).body.error).toBe("invalid_credentials");
    await service.container.accountAdministration.remove("ben");
    expect((await signIn(email)).status).toBe(401);
  });

  it("that is none, one too many, or the account's already, is refused", async () => {
    for (const email of ["ada", "a@b@c", "ada@example.com\r\nBcc: x@example.com", "Ada <ada@example.com>"])
      expect((await ask(ada, email)).body, email).toMatchObject({ error: "invalid_request", field: "email" });
    await addEmail(service, mailServer, ada, addressOf("ada"));
    expect((await ask(ada, addressOf("ada"))).body).toMatchObject({
      error: "invalid_request",
      field: "email",
    });
  });

  it("gets its mails in the language that was asked for", async () => {
    const email = addressOf("li");
    await ask(ada, email, { locale: "zh-Hans" });
    await sendMails(service);
    const mail = await mailServer.mailTo(email);
    expect(mail.text).toContain("请勿将验证码告诉任何人");
    expect(mail.html).toContain('<html lang="zh-Hans">');
    expect((await ask(ada, email, { locale: "tlh" })).body.error).toBe("invalid_request");
  });
});

describe("mails with codes", () => {
  it("are ten an hour for one account, which hears so", async () => {
    for (let index = 0; index < 10; index += 1) await ask(ada, addressOf("ada"));
    expect((await ask(ada, addressOf("ada"))).body.error).toBe("too_many_attempts");
    expect((await ask(ben, addressOf("ben"))).status).toBe(202);
  });

  it("are five an hour to one address, of which nobody hears, and its owner's codes go on", async () => {
    const email = addressOf("victim");
    for (let index = 0; index < 5; index += 1) expect((await ask(ben, email)).status).toBe(202);
    expect((await ask(ada, email)).status).toBe(202);
    await sendMails(service);
    expect(mailsTo(email)).toHaveLength(5);
    expect((await verify(ben, email, codeIn(await mailServer.mailTo(email, 5)))).status).toBe(204);
  });

  it("hold up no answer: the mail server takes its time, and the answer is there before it", async () => {
    let release = () => {};
    mailServer.onMail = () => new Promise((resolve) => (release = resolve));
    expect((await ask(ada, addressOf("slow"))).status).toBe(202);
    expect(mailsTo(addressOf("slow"))).toEqual([]);
    mailServer.onMail = async () => undefined;
    const timer = setInterval(() => release(), 20);
    await mailServer.mailTo(addressOf("slow"));
    clearInterval(timer);
  });

  it("carry no word that a person has chosen, and nothing that is loaded or followed", async () => {
    await service.container.accountAdministration.rename("ben", "evil.example.com");
    await callBy(service, ben, "/api/auth/emails", { email: addressOf("stranger") });
    await sendMails(service);
    const mail = await mailServer.mailTo(addressOf("stranger"));
    expect(mail.source).not.toContain("evil.example");
    expect(mail.html).not.toMatch(/<(a|img|link|script|iframe)\b|url\(|https?:\/\//i);
    expect(mail.html).toContain("prefers-color-scheme: dark");
    expect(mail.header("Subject")).toBe("Confirm your address for localhost:3000");
  });

  it("are stored so that the database and the log show no code", async () => {
    const email = addressOf("kept");
    mailServer.onMail = async () => {
      throw Object.assign(new Error("later"), { responseCode: 451 });
    };
    await ask(ada, email);
    await sendMails(service);
    mailServer.onMail = async () => undefined;
    const { readFileSync } = await import("node:fs");
    const stored = ["", "-wal"].map((end) => readFileSync(service.databaseFile + end, "latin1")).join("");
    expect(stored).toContain(email);
    service.clock.advance(60);
    const code = await codeTo(email);
    expect(stored).not.toContain(code);
    expect(service.log()).not.toContain(code);
  });
});

it("no address can be added where no mail is sent, and the account says so", async () => {
  const silent = await startService();
  await silent.addUser("ada");
  const tokens = await silent.signIn("ada");
  const answer = await callBy(silent, tokens, "/api/auth/emails", { email: "ada@example.com" });
  expect(answer).toMatchObject({ status: 403, body: { error: "forbidden" } });
  const { body } = await silent.call("/api/auth/security", { headers: bearer(tokens.access_token) });
  expect(body).toMatchObject({ emails: [], sends_mail: false });
  await silent.close();
});
