import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { administrator, callAs, codeOf, invite } from "../../helpers/invitations/steps";
import { codeIn, type MailServer, startMailServer } from "../../helpers/mail/mail-server";
import {
  askToSignUp,
  mailedCode,
  NEWCOMERS_PASSWORD,
  openSettings,
  signUpByMail,
  verifySignUp,
} from "../../helpers/mail/sign-up";
import { addEmail, callBy, mailSettings, sendMails } from "../../helpers/mail/steps";
import {
  type Answer,
  type Device,
  newDevice,
  startService,
  type TestService,
  type Tokens,
} from "../../helpers/service";
import { encrypt, getTicket, type Sender, send, tally, times } from "../../helpers/steps/sign-in";

let mailServer: MailServer;
let service: TestService;
let second: TestService;
let browser: Device;
let sender: Sender;
let email = "";
let name = "";
let count = 0;

beforeAll(async () => {
  mailServer = await startMailServer();
  service = await startService({ ...openSettings(mailServer), LIMIT_ADDRESS_FAILURES: "100000" });
  second = await service.another();
  await service.addUser("olive");
});
afterAll(async () => {
  await second.close();
  await service.close();
  await mailServer.close();
});
beforeEach(async () => {
  count += 1;
  name = `grace${count}`;
  email = `${name}@example.com`;
  browser = await newDevice();
  // Each has an hour's share of its own.
  sender = { device: browser, address: `203.0.113.${count}` };
});

const ask = (address = email, by: Sender = sender, at = service) => askToSignUp(at, address, by);
const verify = (asked: Answer, wanted: Record<string, unknown> & { code: string }, by: Sender = sender) =>
  verifySignUp(service, asked, { username: name, ...wanted }, by);
const code = (address = email) => mailedCode(service, mailServer, address);
const accountOf = (username: string) => service.container.accounts.findByUsername(username);
const shape = ({ status, body }: Answer) => [status, Object.keys(body), body.expires_in];
const subjectsTo = (address: string) =>
  mailServer.mails.filter(({ to }) => to.includes(address)).map((mail) => mail.header("Subject"));
const wrong = (right: string) => String((Number(right) + 1) % 100_000_000).padStart(8, "0");

/** Somebody whose name is an address that they have proven, and have no more. */
async function callHimself(address: string): Promise<void> {
  await service.addUser(`${name}-called`);
  const tokens = await service.signIn(`${name}-called`);
  await addEmail(service, mailServer, tokens, address);
  const headers = { authorization: `Bearer ${tokens.access_token}` };
  const named = { method: "PATCH", headers, json: { username: address } };
  expect((await service.call("/api/auth/me", named)).status).toBe(200);
  expect((await callBy(service, tokens, `/api/auth/emails/${encodeURIComponent(address)}`)).status).toBe(204);
  await mailServer.mailTo(address, 2);
}

describe("somebody without an invitation", () => {
  it("makes an account with the code of the mail, is signed in, and has the address from the beginning", async () => {
    const asked = await ask(email.toUpperCase());
    expect(shape(asked)).toEqual([202, ["verification_id", "expires_in"], 3600]);
    expect(await accountOf(name)).toBeUndefined();
    const typed = await code(email.toUpperCase().replace("EXAMPLE.COM", "example.com"));
    const answer = await verify(asked, {
      ...{ code: `${typed.slice(0, 4)} ${typed.slice(4)}`, display_name: "Grace H." },
    });
    expect(answer).toMatchObject({ status: 201, body: { token_type: "DPoP" } });
    const by = { device: browser, tokens: answer.body as unknown as Tokens };
    expect((await callAs(service, by, "GET", "/api/auth/me")).body.user).toMatchObject({
      ...{ username: name, display_name: "Grace H.", roles: ["user"] },
    });
    const { body } = await callAs(service, by, "GET", "/api/auth/security");
    expect(body.emails).toMatchObject([{ verified: true }]);
    await service.signIn(email, undefined, NEWCOMERS_PASSWORD);
    const [created] = await service.container.audit.list({
      ...{ since: new Date(0), limit: 1, types: ["account_created"] },
    });
    expect(created).toMatchObject({ userId: (await accountOf(name))?.id, detail: { by: "address" } });
  });

  it("sends the password encrypted under a ticket, as pages do", async () => {
    const asked = await ask();
    const { t, encryption_jwk } = await getTicket(service, sender);
    const credentials = await encrypt(encryption_jwk, { password: NEWCOMERS_PASSWORD, t });
    const json = {
      ...{ t, verification_id: asked.body.verification_id, code: await code(), username: name, credentials },
    };
    expect((await send(service, "POST", "/api/auth/sign-up/verify", json, sender)).status).toBe(201);
  });

  it("gets the same answer for an address that is somebody's, and no code: the mail there says so", async () => {
    const taken = `taken-${email}`;
    await callHimself(taken);
    await addEmail(service, mailServer, await service.signIn("olive"), `olive-${email}`);
    const free = shape(await ask());
    for (const [address, nth] of [
      [`olive-${email}`, 2],
      [`Olive-${email}`, 1],
      // The mails before proved the address, and told that it was taken off.
      [taken, 3],
    ] as const) {
      const asked = await ask(address);
      expect(shape(asked), address).toEqual(free);
      const mail = await mailServer.mailTo(address, nth);
      expect(mail.header("Subject")).toBe("You already have an account at localhost:3000");
      expect(() => codeIn(mail)).toThrow("no code");
      expect((await verify(asked, { code: "00000000" })).body.error).toBe("invalid_code");
    }
  });

  it("corrects password, name and code, and the same mail's code works", async () => {
    const asked = await ask();
    const right = await code();
    expect((await verify(asked, { code: right, password: "short" })).body.error).toBe("weak_password");
    expect((await verify(asked, { code: right, username: "olive" })).body.error).toBe("username_taken");
    expect((await verify(asked, { code: right, username: "o l" })).body.field).toBe("username");
    expect((await verify(asked, { code: wrong(right) })).body.error).toBe("invalid_code");
    expect((await verify(asked, { code: right })).status).toBe(201);
  });

  it("does not hear whether a name is taken before an address is proven, and each question costs a ticket", async () => {
    const asked = await ask();
    expect((await verify(asked, { code: "00000000", username: "olive" })).body.error).toBe("invalid_code");
    const { t } = await getTicket(service, sender);
    const json = { t, verification_id: asked.body.verification_id, code: await code(), username: "olive" };
    const post = () =>
      send(service, "POST", "/api/auth/sign-up/verify", { ...json, password: NEWCOMERS_PASSWORD }, sender);
    expect((await post()).body.error).toBe("username_taken");
    expect((await post()).body.error).toBe("invalid_ticket");
  });

  it("asks for fifty names in an hour, and no more", async () => {
    const asked = await ask();
    const right = await code();
    const answers = [];
    for (let index = 0; index < 51; index += 1)
      answers.push(await verify(asked, { code: right, username: "olive" }));
    expect(tally(answers)).toEqual({ username_taken: 50, too_many_attempts: 1 });
  });

  it("cannot be called like a mail address, which may be somebody else's", async () => {
    const asked = await ask();
    const right = await code();
    for (const username of ["victim@example.com", "ＶＩＣＴＩＭ@example.com", email])
      expect((await verify(asked, { code: right, username })).body.field, username).toBe("username");
    expect((await verify(asked, { code: right, username: `${name}@` })).body.field).toBe("username");
    expect((await verify(asked, { code: right, username: name })).status).toBe(201);
  });

  it("joins by an invitation as well, and cannot be called so there either", async () => {
    const owner = await administrator(service, `${name}-owner`);
    const invitation = codeOf(await invite(service, owner));
    const join = async (username: string) => {
      const { t } = await getTicket(service);
      const json = { t, invitation, username, password: NEWCOMERS_PASSWORD };
      return send(service, "POST", "/api/auth/sign-up", json);
    };
    expect((await join("victim@example.com")).body.field).toBe("username");
    expect((await join(name)).status).toBe(201);
  });
});

describe("a code for a sign-up", () => {
  it("works in the browser that asked: for no other key, and for none without", async () => {
    const asked = await ask();
    const right = await code();
    const others = [{ device: await newDevice() }, {}];
    for (const other of others)
      expect(
        (await verify(asked, { code: right }, { ...sender, device: undefined, ...other })).body.error,
      ).toBe("invalid_code");
    expect((await verify(asked, { code: right })).status).toBe(201);
  });

  it("has five tries, of twenty at once; the right one is refused after them", async () => {
    const asked = await ask();
    const right = await code();
    const guesses = await times(20, () => verify(asked, { code: wrong(right) }));
    expect(tally(guesses)).toEqual({ invalid_code: 20 });
    expect((await verify(asked, { code: right })).body.error).toBe("invalid_code");
  });

  it("makes one account of forty who send it at once to two instances, and signs in who repeats it", async () => {
    const asked = await ask();
    const right = await code();
    const answers = await times(40, async (index) => {
      const at = index % 2 ? second : service;
      return verifySignUp(at, asked, { code: right, username: `${name}-${index}` }, sender);
    });
    expect(answers.filter(({ status }) => status >= 500 && status !== 503)).toEqual([]);
    const made = (await service.container.accounts.list()).filter(({ username }) =>
      username.startsWith(`${name}-`),
    );
    expect(made).toHaveLength(1);
    expect((await verify(asked, { code: right, username: "whatever" })).status).toBe(201);
    const other = await verify(asked, { code: right, password: "another lantern meadow nine" });
    expect(other.body.error).toBe("invalid_code");
  });

  it("is of no use after an hour", async () => {
    const closed = await startService(openSettings(mailServer));
    await closed.addUser("olive");
    const asked = await askToSignUp(closed, email, sender);
    const right = await mailedCode(closed, mailServer, email);
    closed.clock.advance(3601);
    expect((await verifySignUp(closed, asked, { code: right, username: name }, sender)).body.error).toBe(
      "invalid_code",
    );
    await closed.close();
  });

  it("is in storage and in the log in no readable form", async () => {
    await ask();
    const right = await code();
    const rows = await service.container.accounts.list();
    expect(JSON.stringify(rows)).not.toContain(right);
    expect(service.log()).not.toContain(right);
    expect(service.log()).not.toContain(email);
  });
});

describe("an address that somebody else has asked for before", () => {
  it("leaves that one nothing: neither a request to sign up nor an address that waits for its code", async () => {
    const attacker = { device: await newDevice(), address: "198.51.100.1" };
    const asked = await ask(email, attacker);
    const olive = await service.signIn("olive");
    expect((await callBy(service, olive, "/api/auth/emails", { email })).status).toBe(202);
    await mailServer.mailTo(email, 2);
    const codes = mailServer.mails.filter(({ to }) => to.includes(email)).map(codeIn);
    const { answer } = await signUpByMail(service, mailServer, { email, username: name });
    expect(answer.status).toBe(201);
    // Even with the codes, which only the owner of the mailbox has read.
    for (const one of codes) {
      const late = await verify(asked, { code: one, username: `${name}-eve` }, attacker);
      expect(late.body.error).toBe("invalid_code");
      const added = await callBy(service, olive, "/api/auth/emails/verify", { email, code: one });
      expect(added.body.error).toBe("invalid_code");
    }
    expect(await accountOf(`${name}-eve`)).toBeUndefined();
  });

  it("is the account's of who proves it first, of two browsers that both have a code", async () => {
    const first = await ask();
    const firstCode = await code();
    const { answer } = await signUpByMail(service, mailServer, { email, username: name });
    expect(answer.status).toBe(201);
    const late = await verify(first, { code: firstCode, username: `${name}-late` });
    expect(late.body.error).toBe("invalid_code");
  });
});

describe("sign-up without an invitation", () => {
  it("tells of an address what everybody may know, its form and its domain, and the ticket stays good", async () => {
    const some = await startService({
      ...openSettings(mailServer),
      SIGN_UP_DOMAINS: "Example.org, @bücher.example",
    });
    await some.addUser("olive");
    const { t } = await getTicket(some, sender);
    const askFor = (address: string) =>
      send(some, "POST", "/api/auth/sign-up/email", { t, email: address }, sender);
    for (const bad of ["nobody", email, `${name}@sub.example.org`, `${name}@example.org.example.com`])
      expect(await askFor(bad), bad).toMatchObject({ status: 400, body: { field: "email" } });
    expect((await askFor(`${name}@EXAMPLE.org`)).status).toBe(202);
    expect((await askToSignUp(some, `${name}@bücher.example`, sender)).status).toBe(202);
    await some.close();
  });

  it("is off where it is not said to be open, and until the owner has an account", async () => {
    const closed = await startService(mailSettings(mailServer));
    await closed.addUser("olive");
    expect((await askToSignUp(closed, email, sender)).body.error).toBe("forbidden");
    await closed.close();
    const bare = await startService(openSettings(mailServer));
    expect((await askToSignUp(bare, email, sender)).body.error).toBe("forbidden");
    await bare.close();
  });

  it("leads through the second factor where the service requires one", async () => {
    const strict = await startService({ ...openSettings(mailServer), SECOND_FACTOR: "required" });
    await strict.addUser("olive");
    const { answer } = await signUpByMail(strict, mailServer, { email, username: name });
    expect(answer).toMatchObject({
      status: 401,
      body: { error: "second_factor_required", kinds: ["enrol"] },
    });
    await strict.close();
  });

  it("mails an address five codes in an hour, of which nobody hears", async () => {
    const answers = [];
    for (let index = 0; index < 7; index += 1) answers.push(await ask());
    expect(tally(answers)).toEqual({ "202": 7 });
    await mailServer.mailTo(email, 5);
    await sendMails(service);
    expect(subjectsTo(email)).toHaveLength(5);
  });
});
