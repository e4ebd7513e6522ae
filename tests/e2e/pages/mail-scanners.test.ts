import { writeFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { writeMail } from "../../../src/modules/mail";
import { mailKinds, mailLocales } from "../../../src/modules/mail/mail";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { openSignedIn, PASSWORD } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { type MailServer, startMailServer } from "../../helpers/mail/mail-server";
import { mailSettings } from "../../helpers/mail/steps";
import { addUser, type RunningServer, runOperator, startServer } from "../../helpers/process/server";

const NEW_PASSWORD = "seven lamps over a quarry";
const VISITS = 2;

/** What a page asks for before anybody does anything, and what a visit needs to be one: nothing of a person's. */
const OF_VISITS = ["Ticket", "UsedProof", "QrLogin", "PasskeyChallenge", "ServerKey"];

interface Sent {
  /** What is read, as text and as HTML. */
  readonly bodies: readonly string[];
  /** What a person does who opens the link, and what comes of it. */
  use(page: Page): Promise<void>;
}

const linksIn = (bodies: readonly string[]) => [
  ...new Set(bodies.flatMap((body) => body.match(/https?:\/\/[^\s"'<>]+/g) ?? [])),
];

/** Every mail that a program would find a link in, told from its words. */
const kindsWithLink = mailKinds.filter((kind) =>
  mailLocales.some((locale) => {
    const data = { code: "12345678", at: "2030-01-01T00:00:00.000Z", link: "https://here.example/x#y" };
    const mail = writeMail({ kind, locale }, data, "here.example");
    return mail && (linksIn([mail.text, mail.html]).length > 0 || /<a\b/i.test(mail.html));
  }),
);

describeInBrowser("a scanner of mails, which opens every link before its receiver does", () => {
  let mailServer: MailServer;
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    mailServer = await startMailServer();
    server = await startServer({ env: { ...mailSettings(mailServer), CAPTCHA: "off" } });
    await addUser(server, "olive", PASSWORD);
    await addUser(server, "ada", PASSWORD);
    browser = await launchBrowser();
  });
  afterEach(async () => {
    for (const open of browser.contexts()) await open.close();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
    await mailServer?.close();
  });

  const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true }).waitFor();

  async function setNewPassword(page: Page): Promise<void> {
    await page.locator("#password").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "Set password" }).click();
    await heading(page, "Your password is set");
  }

  async function join(page: Page, username: string): Promise<void> {
    await page.locator("#username").fill(username);
    await page.locator("#password").fill(NEW_PASSWORD);
    await page.locator("button[type=submit]:not([disabled])").click();
    await heading(page, "You’re signed in");
  }

  /** A kind of mail with a link is sent and used here. */
  const mails: Readonly<Record<string, () => Promise<Sent>>> = {
    async invitation() {
      const owner = await openSignedIn(await openProfile(browser), server.url, "olive");
      await owner.goto(`${server.url}/admin/invitations`);
      await owner.locator("#email").fill("grace@example.com");
      await owner.getByRole("button", { name: "Make invitation" }).click();
      const { text, html } = await mailServer.mailTo("grace@example.com");
      return { bodies: [text, html], use: (page) => join(page, "grace") };
    },
    async listed_invitation() {
      const file = path.join(server.dataDir, "people.csv");
      writeFileSync(file, "email\r\nlinus@example.com\r\n");
      await runOperator(server, ["invite", "--from", file]);
      const { text, html } = await mailServer.mailTo("linus@example.com");
      return { bodies: [text, html], use: (page) => join(page, "linus") };
    },
  };

  /** Links that people send each other, by mail or otherwise. */
  const messages: Readonly<Record<string, () => Promise<Sent>>> = {
    async "a recovery link that an owner made"() {
      const owner = await openSignedIn(await openProfile(browser), server.url, "olive");
      await owner.goto(`${server.url}/admin/people`);
      await owner.getByRole("link", { name: /ada/ }).click();
      await owner.getByRole("button", { name: "Make recovery link" }).click();
      await owner.getByRole("button", { name: "Yes: Make recovery link" }).click();
      const link = await owner.getByText(/\/recover#[\w-]{43}$/).textContent();
      return { bodies: [`Hello Ada, here it is: ${link} . Olive`], use: setNewPassword };
    },
    async "a recovery link of the operator's command"() {
      const { stdout } = await runOperator(server, ["user", "recovery-link", "ada"]);
      return { bodies: [stdout], use: setNewPassword };
    },
    async "an invitation of the operator's command"() {
      const { stdout } = await runOperator(server, ["invite"]);
      return { bodies: [stdout], use: (page) => join(page, "hedy") };
    },
  };

  /** All that is stored, but for what a visit leaves. */
  function stored(): Record<string, unknown[]> {
    const database = new Database(`${server.dataDir}/countersign.db`, { readonly: true });
    try {
      const tables = database.prepare(`SELECT name FROM sqlite_master WHERE type = 'table'`).all();
      return Object.fromEntries(
        (tables as { name: string }[])
          .filter(({ name }) => !OF_VISITS.includes(name))
          .map(({ name }) => [name, database.prepare(`SELECT * FROM "${name}"`).all()]),
      );
    } finally {
      database.close();
    }
  }

  /** As the scanners of mail services do: by the bare address, and by a browser that shows the page and lets it settle. */
  async function scan(links: readonly string[]): Promise<void> {
    const found = new Set(links);
    const scanner = await openProfile(browser);
    for (let visit = 0; visit < VISITS; visit += 1) {
      for (const link of links) {
        const page = await scanner.newPage();
        await page.goto(link, { waitUntil: "networkidle" });
        await page.locator("main form").waitFor();
        const hrefs = await page.evaluate(() => [...document.links].map(({ href }) => href));
        for (const href of hrefs) found.add(href);
        await page.close();
      }
      for (const link of found)
        for (const method of ["HEAD", "GET"]) await fetch(link, { method, headers: { accept: "text/html" } });
    }
    await scanner.close();
  }

  async function requireUnused({ bodies, use }: Sent): Promise<void> {
    const links = linksIn(bodies);
    expect(links.length).toBeGreaterThan(0);
    for (const open of browser.contexts()) await open.close();
    await until("the mail's own row is gone", () => stored().OutgoingMail?.length === 0);
    const before = stored();
    await scan(links);
    expect(stored()).toEqual(before);
    const [link = ""] = links;
    const page = await (await openProfile(browser)).newPage();
    await page.goto(link);
    await use(page);
    expect(stored()).not.toEqual(before);
  }

  it("has a test here for every kind of mail in whose words there is a link", () => {
    expect(Object.keys(mails).sort()).toEqual([...kindsWithLink].sort());
  });

  it.each(Object.keys(mails))(
    "changes nothing by a mail of kind %s, whose link then works for its receiver",
    async (kind) => {
      await requireUnused((await mails[kind]?.()) as Sent);
    },
  );

  it.each(Object.keys(messages))("changes nothing by %s, which then works for its receiver", async (name) => {
    await requireUnused((await messages[name]?.()) as Sent);
  });
});
