import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type MailServer, startMailServer } from "../../helpers/mail/mail-server";
import { addEmail, callBy, mailSettings, sendMails } from "../../helpers/mail/steps";
import { callAs } from "../../helpers/passkeys/steps";
import { addApp, complete } from "../../helpers/second-factor/steps";
import {
  type Answer,
  bearer,
  type Device,
  newDevice,
  PASSWORD,
  startService,
  type TestService,
  type Tokens,
} from "../../helpers/service";
import { approvedQr, redeem, signedInPhone } from "../../helpers/steps/qr";
import { attempt, getTicket, type Sender, send, tally } from "../../helpers/steps/sign-in";
import { me } from "../../helpers/wire";

const DAY = 86_400;
const WEEK = 7 * DAY;

let mailServer: MailServer;
let service: TestService;
let email: string;
let ada: Tokens;
let count = 0;

beforeAll(async () => {
  mailServer = await startMailServer();
});
afterAll(() => mailServer.close());

beforeEach(async () => {
  count += 1;
  email = `ada${count}@example.com`;
  service = await startService(mailSettings(mailServer));
  await service.addUser("olive");
  await service.addUser("ada");
  ada = await service.signIn("ada");
  return () => service.close();
});

const ask = (tokens: Tokens = ada) => callBy(service, tokens, "/api/auth/me");
const keep = (pending: Answer, sender: Sender = {}, at = service) =>
  send(at, "POST", "/api/auth/keep-account", { keep_token: pending.body.keep_token }, sender);
const signInAgain = (sender: Sender = {}) => attempt(service, "ada", PASSWORD, sender);
const sweep = (at = service) => at.container.deletion.sweep(service.clock.now());
const outcome = ({ status, body }: Answer) => [status, body.error];
const account = () => service.container.accounts.findByUsername("ada");
const subjects = async () => {
  await sendMails(service);
  return mailServer.mails.filter(({ to }) => to.includes(email)).map((mail) => mail.header("Subject"));
};
const events = async (userId: string) =>
  (await service.container.audit.list({ since: new Date(0), limit: 100, userId })).map(({ type }) => type);

describe("an account whose owner wants it deleted", () => {
  it("is closed at once: every session is over, here and on other devices, and a code that one of them approved", async () => {
    const phone = await signedInPhone(service, "ada");
    const computer = await approvedQr(service, phone);
    const answer = await ask();
    const dueAt = Math.floor(service.clock.now().getTime() / 1000) + WEEK;
    expect(answer.status).toBe(200);
    expect(Number(answer.body.deletion_at)).toBeGreaterThan(dueAt - 60);
    expect(Number(answer.body.deletion_at)).toBeLessThanOrEqual(dueAt);
    expect((await me(service, ada.access_token)).status).toBe(401);
    expect((await callAs(service, phone.tokens, phone.device, ["GET", "/api/auth/me"])).status).toBe(401);
    expect((await redeem(service, computer)).status).toBe(400);
    const refreshed = await service.call("/api/auth/refresh-token", {
      json: { refresh_token: ada.refresh_token },
    });
    expect(outcome(refreshed)).toEqual([401, "session_revoked"]);
  });

  it("lets nobody in but who proves to be its owner, and those only to keep it", async () => {
    await ask();
    expect(outcome(await attempt(service, "ada", "wrong lamp quarry velvet"))).toEqual([
      401,
      "invalid_credentials",
    ]);
    const pending = await signInAgain();
    expect(outcome(pending)).toEqual([403, "deletion_pending"]);
    expect(Object.keys(pending.body)).toEqual(
      expect.arrayContaining(["keep_token", "expires_in", "deletion_at"]),
    );
    expect(pending.body.access_token).toBeUndefined();
    expect(await service.container.sessions.listLive((await account())?.id ?? "")).toEqual([]);
    const kept = await keep(pending);
    expect(kept.status).toBe(200);
    expect((await me(service, String(kept.body.access_token))).body).toMatchObject({
      user: { username: "ada" },
    });
    // What had ended stays ended.
    expect((await me(service, ada.access_token)).status).toBe(401);
    await service.signIn("ada");
    service.clock.advance(WEEK + DAY);
    expect(await sweep()).toBe(0);
    await service.signIn("ada");
  });

  it("asks for the second factor before it says so, and keeps what was proven", async () => {
    const phone = await signedInPhone(service, "ada");
    const { app } = await addApp(service, phone);
    service.clock.advance(60);
    const second = await signInAgain();
    expect(outcome(second)).toEqual([401, "second_factor_required"]);
    const stepped = await complete(service, {
      challenge: second.body.challenge,
      kind: "totp",
      code: app.code(),
    });
    expect(stepped.status).toBe(200);
    expect(outcome(await ask(stepped.body as unknown as Tokens))).toEqual([200, undefined]);
    service.clock.advance(60);
    const again = await signInAgain();
    expect(outcome(again)).toEqual([401, "second_factor_required"]);
    const answer = { challenge: again.body.challenge, kind: "totp", code: app.code() };
    const pending = await complete(service, answer);
    expect(outcome(pending)).toEqual([403, "deletion_pending"]);
    const kept = await keep(pending);
    const sessions = await service.call("/api/auth/sessions", {
      headers: bearer(String(kept.body.access_token)),
    });
    expect(sessions.body.sessions).toEqual([expect.objectContaining({ amr: ["pwd", "otp", "mfa"] })]);
  });

  it("is told of by mail at each step, with the day, and each step is in the trail", async () => {
    await addEmail(service, mailServer, ada, email);
    const { id } = (await account()) ?? { id: "" };
    await ask();
    await sendMails(service);
    await keep(await signInAgain());
    await sendMails(service);
    await ask(await service.signIn("ada"));
    await sendMails(service);
    service.clock.advance(WEEK + 60);
    expect(await sweep()).toBe(1);
    expect(await subjects()).toEqual([
      "Confirm your address for localhost:3000",
      "Your account at localhost:3000 will be deleted",
      "Your account at localhost:3000 stays",
      "Your account at localhost:3000 will be deleted",
      "Your account at localhost:3000 was deleted",
    ]);
    const [, asked] = mailServer.mails.filter(({ to }) => to.includes(email));
    expect(asked?.text).toMatch(/on [A-Z][a-z]+ \d{1,2}, \d{4} \(UTC\)/);
    const told = (await events(id)).filter((type) => type.startsWith("deletion") || type.includes("removed"));
    expect(told.reverse()).toEqual([
      "deletion_asked",
      "deletion_taken_back",
      "deletion_asked",
      "account_removed",
    ]);
  });

  it("keeps its names until it is gone; then both can be had", async () => {
    await addEmail(service, mailServer, ada, email);
    await ask();
    await expect(service.addUser("Ada")).rejects.toThrow("already in use");
    const olive = await service.signIn("olive");
    service.clock.advance(WEEK - 3600);
    expect(await sweep()).toBe(0);
    service.clock.advance(3660);
    expect(await sweep()).toBe(1);
    expect(await account()).toBeUndefined();
    expect(outcome(await signInAgain())).toEqual([401, "invalid_credentials"]);
    await service.addUser("Ada");
    const again = await service.signIn("olive");
    await addEmail(service, mailServer, again, email);
    expect(olive.session_id).not.toBe(again.session_id);
  });

  it("is not taken back from another device, after the password was changed, twice, or for a later wish", async () => {
    const device: Device = await newDevice();
    await ask();
    const bound = await signInAgain({ device });
    expect(outcome(await keep(bound))).toEqual([400, "invalid_ticket"]);
    expect(outcome(await keep(bound, { device: await newDevice() }))).toEqual([400, "invalid_ticket"]);
    const other = await signInAgain();
    expect((await keep(bound, { device })).status).toBe(200);
    expect(outcome(await keep(bound, { device }))).toEqual([400, "invalid_ticket"]);
    expect(outcome(await keep(other))).toEqual([400, "invalid_ticket"]);
    service.clock.advance(1);
    await ask(await service.signIn("ada"));
    expect(outcome(await keep(other))).toEqual([400, "invalid_ticket"]);
    const late = await signInAgain();
    service.clock.advance(601);
    expect(outcome(await keep(late))).toEqual([400, "invalid_ticket"]);
    const before = await signInAgain();
    await service.container.accounts.resetPassword("ada", "another quarry of lamps");
    expect(outcome(await keep(before))).toEqual([400, "invalid_ticket"]);
    expect(outcome(await send(service, "POST", "/api/auth/keep-account", { keep_token: "x" }))).toEqual([
      400,
      "invalid_ticket",
    ]);
  });

  it("whose password was changed by somebody else can be kept by who reads its mail", async () => {
    await addEmail(service, mailServer, ada, email);
    await service.container.accounts.resetPassword("ada", "thieves have the quarry now");
    const thief = await service.signIn("ada", undefined, "thieves have the quarry now");
    await ask(thief);
    const { t } = await getTicket(service);
    const asked = await send(service, "POST", "/api/auth/recovery", { t, identifier: email });
    await sendMails(service);
    await mailServer.mailTo(email, 3);
    const [, ...mails] = mailServer.mails.filter(({ to }) => to.includes(email));
    const code = mails.map(({ text }) => /\b(\d{4}) (\d{4})\b/.exec(text)?.[0]).find(Boolean);
    const { body } = await send(service, "POST", "/api/auth/recovery/verify", {
      recovery_id: asked.body.recovery_id,
      code,
    });
    const set = { reset_token: body.reset_token, password: PASSWORD };
    expect((await send(service, "POST", "/api/auth/recovery/complete", set)).status).toBe(204);
    expect((await keep(await signInAgain())).status).toBe(200);
  });
});

describe("what others can do about it", () => {
  it("an administrator sees when, and can open it again; a user cannot be asked for another", async () => {
    const olive = await service.signIn("olive");
    const asked = await ask();
    const headers = bearer(olive.access_token);
    const { id } = (await account()) ?? { id: "" };
    const seen = await service.call(`/api/admin/users/${id}`, { headers });
    expect(seen.body).toMatchObject({ status: "disabled", deletion_at: asked.body.deletion_at });
    expect((await service.call(`/api/admin/users/${id}/enable`, { method: "POST", headers })).status).toBe(
      204,
    );
    expect((await service.call(`/api/admin/users/${id}`, { headers })).body).toMatchObject({
      status: "open",
      deletion_at: null,
    });
    await service.signIn("ada");
    service.clock.advance(WEEK + 60);
    expect(await sweep()).toBe(0);
  });

  it("one that is disabled besides cannot be kept by its owner, and is deleted all the same", async () => {
    await ask();
    const pending = await signInAgain();
    await service.container.accounts.disable("ada");
    expect(outcome(await keep(pending))).toEqual([400, "invalid_ticket"]);
    expect(outcome(await signInAgain())).toEqual([401, "invalid_credentials"]);
    service.clock.advance(WEEK + 60);
    expect(await sweep()).toBe(1);
    expect(await account()).toBeUndefined();
  });

  it("an administrator's or the operator's deletion is at once", async () => {
    await ask();
    await service.container.accountAdministration.remove("ada");
    expect(await account()).toBeUndefined();
    service.clock.advance(WEEK + 60);
    expect(await sweep()).toBe(0);
  });
});

describe("the last owner", () => {
  it("cannot go: not alone, nor when two ask at once", async () => {
    const olive = await service.signIn("olive");
    expect(outcome(await ask(olive))).toEqual([409, "last_owner"]);
    expect((await me(service, olive.access_token)).status).toBe(200);
    await service.container.accountAdministration.setRoles("ada", ["owner"]);
    const both = await Promise.all([ask(olive), ask()]);
    expect(tally(both)).toEqual({ "200": 1, last_owner: 1 });
  });
});

describe("what happens at the same instant", () => {
  it("fifty wishes are one, with one mail", async () => {
    await addEmail(service, mailServer, ada, email);
    const tokens = await Promise.all(Array.from({ length: 10 }, () => service.signIn("ada")));
    const other = await service.another();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        callBy(index % 2 ? other : service, tokens[index % 10] as Tokens, "/api/auth/me"),
      ),
    );
    expect(tally(answers)).toEqual({ "200": 1, session_revoked: 49 });
    expect((await subjects()).length).toBe(2);
    await other.close();
  });

  it("fifty take it back once, on two instances", async () => {
    await ask();
    const pending = await signInAgain();
    const other = await service.another();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => keep(pending, {}, index % 2 ? other : service)),
    );
    expect(tally(answers)).toEqual({ "200": 1, invalid_ticket: 49 });
    await other.close();
  });

  it("it is either taken back or deleted, whole, and the deletion is told once", async () => {
    for (let round = 0; round < 6; round += 1) {
      const name = `ada${round}x`;
      const id = await service.addUser(name);
      await ask(await service.signIn(name));
      const pending = await attempt(service, name, PASSWORD);
      const other = await service.another();
      // One instance's clock is ahead by the week.
      const due = new Date(service.clock.now().getTime() + (WEEK + 60) * 1000);
      const works = [
        () => keep(pending),
        () => service.container.deletion.sweep(due),
        () => other.container.deletion.sweep(due),
      ];
      const order = round % 2 === 0 ? works : works.toReversed();
      const results = await Promise.all(order.map((work) => work()));
      const kept = results.find((result) => typeof result === "object") as Answer;
      const found = await service.container.accounts.find(id);
      const removals = (await events(id)).filter((type) => type === "account_removed").length;
      if (kept.status === 200) {
        expect([found?.disabledAt, found?.deletionDueAt, removals]).toEqual([null, null, 0]);
        await service.signIn(name);
      } else {
        expect([found, removals]).toEqual([undefined, 1]);
      }
      await other.close();
    }
  });
});
