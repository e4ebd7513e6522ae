import path from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codeIn, type MailServer, startMailServer } from "../helpers/mail/mail-server";
import { NEWCOMERS_PASSWORD, openSettings } from "../helpers/mail/sign-up";
import { addUser, type RunningServer, startServer } from "../helpers/process/server";

let mailServer: MailServer;
let server: RunningServer;

beforeAll(async () => {
  mailServer = await startMailServer();
  const env = { ...openSettings(mailServer), CAPTCHA: "off", LOG_LEVEL: "silent" };
  server = await startServer({ env });
  await addUser(server, "olive", NEWCOMERS_PASSWORD);
});
afterAll(async () => {
  await server.dispose();
  await mailServer.close();
});

async function post(name: string, json: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const { t } = (await (await fetch(`${server.url}/api/auth/get_t`)).json()) as { t: string };
  const response = await fetch(`${server.url}/api/auth/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ t, ...json }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** The three minutes are over for which a process that is gone had claimed its mails. */
function letClaimsExpire(): void {
  const database = new Database(path.join(server.dataDir, "countersign.db"));
  database.exec(`UPDATE "OutgoingMail" SET "dueAt" = "createdAt" WHERE "tries" > 0`);
  database.close();
}

async function requireRight(asked: { body: Record<string, unknown> }, username: string, code: string) {
  const { verification_id } = asked.body;
  const wish = { verification_id, code, username, password: NEWCOMERS_PASSWORD };
  expect(await post("sign-up/verify", wish)).toMatchObject({ status: 201 });
}

/** Another mail that was asked for later has come: so has everything before it. */
async function requireNothingMore(): Promise<void> {
  const email = `last${mailServer.mails.length}@example.com`;
  await post("sign-up/email", { email });
  await mailServer.mailTo(email);
}

describe("a mail whose service is killed", () => {
  it("between the change and the sending comes after the restart, once, and its code works", async () => {
    const email = "before@example.com";
    const asked = await post("sign-up/email", { email });
    // The answer is sent before the mail is looked for.
    await server.kill("SIGKILL");
    expect(mailServer.mails.filter(({ to }) => to.includes(email))).toEqual([]);
    await server.restart();
    await requireRight(asked, "before", codeIn(await mailServer.mailTo(email)));
    await requireNothingMore();
    expect(mailServer.mails.filter(({ to }) => to.includes(email))).toHaveLength(1);
  });

  it.each([
    ["and the mail server drops what it had", "drops", 1],
    ["and the mail server had taken it: it comes a second time, with the same Message-ID", "takes", 2],
  ] as const)("while it is sent, %s", async (_, what, count) => {
    const email = `${what}@example.com`;
    const killed = new Promise<void>((resolve, fail) => {
      mailServer.onMail = async () => {
        mailServer.onMail = async () => undefined;
        await server.kill("SIGKILL").then(() => resolve(), fail);
        if (what === "drops") throw new Error("the connection is gone");
      };
    });
    const asked = await post("sign-up/email", { email });
    await killed;
    letClaimsExpire();
    await server.restart();
    const mail = await mailServer.mailTo(email, count);
    await requireRight(asked, what, codeIn(mail));
    await requireNothingMore();
    const mails = mailServer.mails.filter(({ to }) => to.includes(email));
    expect(mails).toHaveLength(count);
    expect(new Set(mails.map((one) => one.header("Message-ID"))).size).toBe(1);
    expect(new Set(mails.map(codeIn)).size).toBe(1);
  });
});
