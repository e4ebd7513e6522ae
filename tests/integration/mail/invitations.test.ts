import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Administrator,
  administrator,
  callAs,
  codeOf,
  INVITATIONS,
  invite,
} from "../../helpers/invitations/steps";
import { type MailServer, startMailServer } from "../../helpers/mail/mail-server";
import { mailSettings } from "../../helpers/mail/steps";
import { startService, type TestService, type Tokens } from "../../helpers/service";
import { getTicket, send, tally } from "../../helpers/steps/sign-in";

const PASSWORD = "copper lantern meadow twelve";

let mailServer: MailServer;
let service: TestService;
let owner: Administrator;

beforeAll(async () => {
  mailServer = await startMailServer();
  service = await startService(mailSettings(mailServer));
  owner = await administrator(service, "olive");
});
afterAll(async () => {
  await service.close();
  await mailServer.close();
});

async function join(code: string, username: string) {
  const { t } = await getTicket(service);
  return send(service, "POST", "/api/auth/sign-up", { t, invitation: code, username, password: PASSWORD });
}
const linkIn = ({ text }: { readonly text: string }) => new URL(/http\S+/.exec(text)?.[0] ?? "");

describe("an invitation to an address", () => {
  it("is mailed, in the language asked for, with a link that makes one account", async () => {
    const made = await invite(service, owner, { email: "Grace@EXAMPLE.com", locale: "zh-Hans" });
    expect(made).toMatchObject({ status: 201, body: { email: "Grace@example.com", uses: 1 } });
    const mail = await mailServer.mailTo("Grace@example.com");
    expect(mail.header("Subject")).toContain("=?UTF-8?");
    expect(mail.html).toContain(`<a href="${made.body.url}">`);
    expect(String(linkIn(mail))).toBe(made.body.url);
    expect((await join(linkIn(mail).hash.slice(1), "grace")).status).toBe(201);
    expect((await join(codeOf(made), "grace2")).body.error).toBe("invalid_invitation");
  });

  it("proves nothing of the address: who made it has the link too", async () => {
    const made = await invite(service, owner, { email: "hedy@example.com" });
    const { body } = await join(codeOf(made), "hedy");
    const headers = { authorization: `Bearer ${(body as unknown as Tokens).access_token}` };
    expect((await service.call("/api/auth/security", { headers })).body.emails).toEqual([]);
  });

  it("is mailed again when it is renewed; the link of the first mail is dead, and the list says where it went", async () => {
    const made = await invite(service, owner, { email: "ida@example.com" });
    await mailServer.mailTo("ida@example.com");
    const renewed = await callAs(service, owner, "POST", `${INVITATIONS}/${made.body.id}/renew`);
    const second = await mailServer.mailTo("ida@example.com", 2);
    expect(String(linkIn(second))).toBe(renewed.body.url);
    expect((await join(codeOf(made), "ida")).body.error).toBe("invalid_invitation");
    const { body } = await callAs(service, owner, "GET", INVITATIONS);
    expect((body.invitations as { email: string }[])[0]).toMatchObject({ email: "ida@example.com" });
  });

  it.each([
    [{ email: "nobody" }, "email"],
    [{ email: "a@example.com, b@example.com" }, "email"],
    [{ email: "a@example.com", uses: 2 }, "uses"],
  ])("is refused as %j", async (wanted, field) => {
    expect(await invite(service, owner, wanted)).toMatchObject({ status: 400, body: { field } });
  });

  it("goes to one address five times an hour", async () => {
    const answers = [];
    for (let index = 0; index < 6; index += 1)
      answers.push(await invite(service, owner, { email: "joan@example.com" }));
    expect(tally(answers)).toEqual({ "201": 5, too_many_attempts: 1 });
  });

  it("is refused where no mail is sent: without the address it is made", async () => {
    const silent = await service.another({ SMTP_URL: "", MAIL_FROM: "" });
    const by = { ...owner };
    expect((await invite(silent, by, { email: "a@example.com" })).body.error).toBe("forbidden");
    expect((await invite(silent, by)).status).toBe(201);
    await silent.close();
  });

  it("is in storage and in the log without its code, and in the trail without the address", async () => {
    mailServer.onMail = async () => {
      throw Object.assign(new Error("later"), { responseCode: 451 });
    };
    const made = await invite(service, owner, { email: "kept@example.com" });
    mailServer.onMail = async () => undefined;
    const { readFileSync } = await import("node:fs");
    const stored = ["", "-wal"].map((end) => readFileSync(service.databaseFile + end, "latin1")).join("");
    expect(stored).toContain("kept@example.com");
    expect(stored).not.toContain(codeOf(made));
    expect(service.log()).not.toContain(codeOf(made));
    expect(service.log()).not.toContain("kept@example.com");
    const [row] = await service.container.audit.list({
      ...{ since: new Date(0), limit: 1, types: ["invitation_made"] },
    });
    expect(row?.detail).toMatchObject({ mailed: true });
    expect(JSON.stringify(row)).not.toContain("kept@example.com");
  });
});
