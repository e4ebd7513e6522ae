import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Administrator, administrator, callAs } from "../../helpers/invitations/steps";
import { type MailServer, startMailServer } from "../../helpers/mail/mail-server";
import { addEmail, callBy, mailSettings, sendMails } from "../../helpers/mail/steps";
import { proofHeader, startService, type TestService } from "../../helpers/service";
import { getTicket, send } from "../../helpers/steps/sign-in";

const PASSWORD = "copper lantern meadow twelve";

let mailServer: MailServer;
let service: TestService;
let owner: Administrator;
let admin: Administrator;

beforeAll(async () => {
  mailServer = await startMailServer();
  service = await startService(mailSettings(mailServer));
  owner = await administrator(service, "olive");
  admin = await administrator(service, "adam", ["admin"]);
});
afterAll(async () => {
  await service.close();
  await mailServer.close();
});

interface Person {
  readonly line: number;
  readonly outcome: string;
  readonly email: string | null;
  readonly fault: string | null;
  readonly url: string | null;
}

const inviteList = (list: string, more: object = {}, by = owner, on = service) =>
  callAs(on, by, "POST", "/api/admin/invitation-lists", { list, ...more });
const peopleOf = ({ body }: { readonly body: Record<string, unknown> }) => body.people as Person[];
const shown = ({ line, outcome, fault }: Person) => [line, fault ?? outcome];
const linkIn = ({ text }: { readonly text: string }) => new URL(/http\S+/.exec(text)?.[0] ?? "");
const mailsTo = (address: string) => mailServer.mails.filter(({ to }) => to.includes(address));
async function join(code: string, username: string) {
  const { t } = await getTicket(service);
  return send(service, "POST", "/api/auth/sign-up", { t, invitation: code, username, password: PASSWORD });
}

describe("a list of people", () => {
  it("is mailed to each, with the roles and in the language of the line, and no link is answered", async () => {
    const list = "email;roles;locale\r\nGrace@EXAMPLE.com;admin user;zh-Hans\r\nhedy@example.com;;\r\n";
    const answer = await inviteList(list, { expires_in: 3600 });
    expect(answer).toMatchObject({ status: 200, body: { mailed: true, invited: 2, refused: 0 } });
    expect(JSON.stringify(answer.body)).not.toContain("/join#");
    const mail = await mailServer.mailTo("Grace@example.com");
    expect(mail.html).toContain('lang="zh-Hans"');
    const joined = await join(linkIn(mail).hash.slice(1), "grace");
    expect(joined.status).toBe(201);
    const { roles } = (await service.container.accounts.findByUsername("grace")) ?? {};
    expect(roles).toEqual(["admin", "user"]);
    expect((await mailServer.mailTo("hedy@example.com")).html).toContain('lang="en"');
  });

  it("invites nobody a second time: neither who has an open invitation, nor who has joined, nor an account's address", async () => {
    await addEmail(service, mailServer, await service.signIn("olive"), "olive@example.com");
    const list = "email\nida@example.com\nOLIVE@example.com\n";
    expect(peopleOf(await inviteList(list)).map(shown)).toEqual([
      [2, "invited"],
      [3, "has_account"],
    ]);
    const mail = await mailServer.mailTo("ida@example.com");
    expect(peopleOf(await inviteList(list))[0]).toMatchObject({ outcome: "already_invited" });
    expect((await join(linkIn(mail).hash.slice(1), "ida")).status).toBe(201);
    expect(peopleOf(await inviteList("email\nIDA@example.com"))[0]).toMatchObject({ outcome: "has_account" });
    await sendMails(service);
    expect(mailsTo("ida@example.com")).toHaveLength(1);
    expect(mailsTo("olive@example.com")).toHaveLength(1);
  });

  it("invites once whom two lists have that are sent at the same time", async () => {
    const list = `email\n${Array.from({ length: 20 }, (_, index) => `twice${index}@example.com`).join("\n")}`;
    const answers = await Promise.all([inviteList(list), inviteList(list), inviteList(list, {}, admin)]);
    const outcomes = tallyOf(answers.flatMap(peopleOf).map(({ outcome }) => outcome));
    expect(outcomes).toEqual({ invited: 20, already_invited: 40 });
    await sendMails(service);
    expect(mailServer.mails.filter(({ to }) => to[0]?.startsWith("twice"))).toHaveLength(20);
  });

  it("is invited but for the lines with a fault, each of which is named by its number", async () => {
    const list = [
      "email,roles,locale",
      "joan@example.com",
      "nobody",
      "",
      ",user",
      "JOAN@example.com",
      "kate@example.com,king",
      "kate@example.com,user,tlh",
      '"kate@example.com" x,user',
      '"kate@example.com,user',
      '"lise@example.com","user, admin"',
    ].join("\n");
    const answer = await inviteList(list, {}, owner);
    expect(peopleOf(answer).map(shown)).toEqual([
      [2, "invited"],
      [3, "bad_email"],
      [5, "no_email"],
      [6, "same_email"],
      [7, "unknown_role"],
      [8, "unknown_locale"],
      [9, "unreadable"],
      [10, "unreadable"],
      [11, "invited"],
    ]);
    expect(answer.body).toMatchObject({ invited: 2, refused: 7 });
  });

  it("is looked at in a dry run, which writes nothing and says what would be", async () => {
    const before = (await service.container.invitations.list(null, 1000)).invitations.length;
    const answer = await inviteList("email\nmary@example.com\nx", { dry_run: true });
    expect(peopleOf(answer).map(shown)).toEqual([
      [2, "invited"],
      [3, "bad_email"],
    ]);
    expect((await service.container.invitations.list(null, 1000)).invitations).toHaveLength(before);
    await sendMails(service);
    expect(mailsTo("mary@example.com")).toEqual([]);
  });

  it("of an admin makes no owners, and the trail has that it was tried", async () => {
    const list = "email,roles\nnora@example.com,owner\nnina@example.com,admin\n";
    expect(peopleOf(await inviteList(list, {}, admin)).map(shown)).toEqual([
      [2, "role_too_high"],
      [3, "invited"],
    ]);
    const since = { since: new Date(0), limit: 1 };
    const [refused] = await service.container.audit.list({ ...since, types: ["act_refused"] });
    expect(refused?.detail).toMatchObject({ act: "invite" });
    const [made] = await service.container.audit.list({ ...since, types: ["invitation_made"] });
    expect(made?.detail).toMatchObject({ roles: "admin", mailed: true });
  });

  it.each([
    ["without headings", "ada@example.com\nben@example.com", "headings"],
    ["with a heading that is not known", "email,name\nada@example.com,Ada", "headings"],
    ["with a heading twice", "email,email\nada@example.com,", "headings"],
    ["without addresses", "roles\nuser", "headings"],
    ["of nobody", "email\n", "nobody"],
    ["of 501 people", `email\n${"a@example.com\n".repeat(501)}`, "500"],
  ])("is refused as a whole %s", async (_, list, says) => {
    const answer = await inviteList(list);
    expect(answer).toMatchObject({ status: 400, body: { error: "invalid_request", field: "list" } });
    expect(String(answer.body.error_description)).toContain(says);
  });

  it("is mailed beside everything else: what somebody waits for comes before, and all get theirs", async () => {
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    mailServer.onMail = ({ to }) => (to[0]?.startsWith("many") ? held : Promise.resolve());
    const people = Array.from({ length: 100 }, (_, index) => `many${index}@example.com`);
    const answer = await inviteList(`email\n${people.join("\n")}`);
    expect(answer.body).toMatchObject({ invited: 100, refused: 0 });
    const asked = await callBy(service, await service.signIn("olive"), "/api/auth/emails", {
      email: "soon@example.com",
    });
    expect(asked.status).toBe(202);
    await mailServer.mailTo("soon@example.com");
    expect(mailServer.mails.some(({ to }) => to[0]?.startsWith("many"))).toBe(false);
    release();
    await sendMails(service);
    const sent = mailServer.mails.flatMap(({ to }) => to).filter((to) => to.startsWith("many"));
    expect(sent.sort()).toEqual(people.sort());
  }, 120_000);

  it("answers the links where no mail is sent: each makes one account, and the second time there are none", async () => {
    const silent = await service.another({ SMTP_URL: "", MAIL_FROM: "" });
    const first = await inviteList("email\npia@example.com", {}, owner, silent);
    expect(first.body).toMatchObject({ mailed: false, invited: 1 });
    const url = new URL(String(peopleOf(first)[0]?.url));
    expect((await inviteList("email\npia@example.com", {}, owner, silent)).body.already_invited).toBe(1);
    const [{ id } = { id: "" }] = (await silent.container.invitations.list(null, 1)).invitations;
    const renewed = await callAs(silent, owner, "POST", `/api/admin/invitations/${id}/renew`);
    expect(renewed).toMatchObject({ status: 200, body: { email: "pia@example.com" } });
    expect((await join(url.hash.slice(1), "pia")).body.error).toBe("invalid_invitation");
    expect((await join(new URL(String(renewed.body.url)).hash.slice(1), "pia")).status).toBe(201);
    const people = Array.from({ length: 500 }, (_, index) => `all${index}@example.com`);
    const all = await inviteList(`email\n${people.join("\n")}`, {}, owner, silent);
    expect(all.body).toMatchObject({ invited: 500, refused: 0 });
    expect(new Set(peopleOf(all).map(({ url }) => url)).size).toBe(500);
    await silent.close();
  });

  it("has an address that got five mails within the hour wait, and nobody else", async () => {
    const { invitations } = service.container;
    const answers: string[] = [];
    for (let index = 0; index < 6; index += 1) {
      const [person] = peopleOf(await inviteList("email\nrosa@example.com"));
      answers.push(person?.fault ?? person?.outcome ?? "");
      const [made] = (await invitations.list(null, 1)).invitations;
      if (made?.email === "rosa@example.com") await invitations.revoke(made.id, "operator");
    }
    expect(tallyOf(answers)).toEqual({ invited: 5, too_many_mails: 1 });
  });

  it("is refused where nobody may sign up, and asks for a step-up where the sign-in is long ago", async () => {
    const closed = await service.another({ SIGN_UP: "off" });
    expect((await inviteList("email\na@example.com", {}, owner, closed)).body.error).toBe("forbidden");
    await closed.close();
    service.clock.advance(601);
    const path = "/api/auth/refresh-token";
    const headers = await proofHeader(owner.device, "POST", path, service.clock);
    const json = { refresh_token: owner.tokens.refresh_token };
    const { access_token } = (await service.call(path, { json, headers })).body;
    const late = { ...owner, tokens: { ...owner.tokens, access_token: String(access_token) } };
    expect((await inviteList("email\na@example.com", {}, late)).body.error).toBe("step_up_required");
    expect((await inviteList("email\na@example.com", { dry_run: true }, late)).status).toBe(200);
  });
});

function tallyOf(answers: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1;
  return counts;
}
