import { mkdirSync, readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import en from "../../../src/app/i18n/messages/en.json";
import zh from "../../../src/app/i18n/messages/zh.json";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { expectSound, focusedId, openScreen, type Screen, screens } from "../../helpers/browser/screens";
import { submitSignIn } from "../../helpers/browser/sign-in";
import { type MailServer, startMailServer } from "../../helpers/mail/mail-server";
import { mailSettings } from "../../helpers/mail/steps";
import { addUser, type RunningServer, runOperator, startServer } from "../../helpers/process/server";

const FOLDER = "test-results/screens";
const OWNER = "copper lantern meadow twelve";
const [usual] = screens as readonly [Screen];

describeInBrowser("an owner who invites people by mail", () => {
  let mailServer: MailServer;
  let server: RunningServer;
  let silent: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true });
    mailServer = await startMailServer();
    server = await startServer({ env: mailSettings(mailServer) });
    silent = await startServer();
    for (const one of [server, silent]) await addUser(one, "olive", OWNER);
    browser = await launchBrowser();
  });
  afterEach(async () => {
    for (const open of browser.contexts()) await open.close();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
    await silent?.dispose();
    await mailServer?.close();
  });

  async function open(screen: Screen, { url } = server): Promise<Page> {
    const page = await (await openScreen(browser, screen)).newPage();
    await page.goto(`${url}/sign-in`);
    await submitSignIn(page, "olive", OWNER);
    await page.waitForURL(`${url}/`);
    await page.goto(`${url}/admin/invitations`);
    return page;
  }
  const shot = async (page: Page, screen: Screen, state: string) => {
    await expectSound(page, screen, state);
    await page.screenshot({ path: `${FOLDER}/invite ${state}, ${screen.name}.png`, fullPage: true });
  };
  const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
  const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true }).waitFor();

  it("is told of an address that is none and of one link for two people, and then mails a link to one", async () => {
    const page = await open(usual);
    await page.locator("#email").fill("grace at example.com");
    await press(page, en.invitations.make);
    await page.locator("#email-error", { hasText: en.invitations.emailBad }).waitFor();
    await expect.poll(() => focusedId(page)).toBe("email");
    await page.locator("#email").fill("grace@example.com");
    await page.locator("#uses").fill("2");
    await press(page, en.invitations.make);
    await page.locator("#uses-error", { hasText: en.invitations.usesMailed }).waitFor();
    await expect.poll(() => focusedId(page)).toBe("uses");
    expect(await page.locator("#email").inputValue()).toBe("grace@example.com");
    await page.locator("#uses").fill("1");
    await press(page, en.invitations.make);
    await heading(page, en.invitations.sheetTitle);
    await page.getByText("A mail with this link is on its way to grace@example.com.").waitFor();
    const link = (await page.locator("section code").first().textContent()) ?? "";
    expect((await mailServer.mailTo("grace@example.com")).text).toContain(link);
  });

  it("has no field for an address where the service sends no mail", async () => {
    const page = await open(usual, silent);
    await page.locator("#uses").waitFor();
    expect(await page.locator("#email").count()).toBe(0);
  });

  it.each(screens.map((screen, index) => [screen.name, screen, index] as const))(
    "invites a list of people after a look at it: %s",
    async (_, screen, index) => {
      const { invitationList: said, invitations } = screen.locale === "zh-CN" ? zh : en;
      const page = await open(screen);
      await press(page, invitations.list);
      await heading(page, said.title);
      await shot(page, screen, "list empty");
      await page.locator("#list").fill("names\nAda");
      await press(page, said.preview);
      await page.getByText(said.faults.unreadable).waitFor();
      await expect.poll(() => focusedId(page)).toBe("list");
      await shot(page, screen, "list unreadable");
      const people = [
        `ada${index}@example.com,admin`,
        `ben${index}@example.com`,
        "nobody",
        "x@example.com,king",
      ];
      const file = `email,roles\r\n${people.join("\r\n")}\r\nhedy@example.com\r\n`;
      await runOperator(server, ["invite", "--email", "hedy@example.com"]);
      await page.locator("#list-file").setInputFiles({
        name: "people.csv",
        mimeType: "text/csv",
        // As a spreadsheet writes Unicode text.
        buffer: Buffer.from(`\ufeff${file}`, "utf16le"),
      });
      await expect.poll(() => page.locator("#list").inputValue()).toContain("nobody");
      await press(page, said.preview);
      await page.locator("#report-title").waitFor();
      expect(await focusedId(page)).toBe("report-title");
      const lines = page.locator("section[aria-labelledby=report-title] li");
      expect(await lines.allTextContents()).toEqual([
        expect.stringContaining(said.whys.bad_email),
        expect.stringContaining(said.whys.unknown_role),
        expect.stringContaining(said.whys.already_invited),
      ]);
      await shot(page, screen, "list preview");
      expect(mailServer.mails.some(({ to }) => to.includes(`ben${index}@example.com`))).toBe(false);
      await page
        .getByRole("button", { name: screen.locale === "zh-CN" ? "邀请 2 人" : "Invite 2 people" })
        .click();
      await page.getByText(said.didMail).waitFor();
      await shot(page, screen, "list done");
      const mail = await mailServer.mailTo(`ben${index}@example.com`);
      expect(mail.html).toContain(screen.locale === "zh-CN" ? 'lang="zh-Hans"' : 'lang="en"');
      await press(page, said.done);
      await page.getByText(`ada${index}@example.com`).waitFor();
    },
  );

  it("gets the links of a list where no mail is sent, once, and saves them as a file that no spreadsheet runs", async () => {
    for (const [index, screen] of screens.entries()) {
      const { invitationList: said, invitations } = screen.locale === "zh-CN" ? zh : en;
      const page = await open(screen, silent);
      await press(page, invitations.list);
      await page.locator("#list").fill(`email\n=ada${index}@example.com\nben${index}@example.com`);
      await press(page, said.preview);
      await page.getByText(said.willShow).waitFor();
      await page.locator("section[aria-labelledby=report-title] button").first().click();
      await page.getByText(said.secret).waitFor();
      await shot(page, screen, "list links");
      const saved = page.waitForEvent("download");
      await press(page, said.save);
      const text = readFileSync(await (await saved).path(), "utf8");
      expect(text).toMatch(
        new RegExp(
          `^\ufeff"email","roles","link"\r\n"'=ada${index}@example.com","user","http\\S+/join#[\\w-]{22}"\r\n`,
        ),
      );
      await press(page, said.done);
      const link = /join#([\w-]{22})/.exec(text)?.[1] ?? "none";
      expect(await page.locator("body").textContent()).not.toContain(link);
    }
  });
});
