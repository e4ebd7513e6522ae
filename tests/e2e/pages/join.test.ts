import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import en from "../../../src/app/i18n/messages/en.json";
import zh from "../../../src/app/i18n/messages/zh.json";
import { addAuthenticator } from "../../helpers/browser/authenticator";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { approve, openPhone } from "../../helpers/browser/phone";
import { expectSound, findFaults, openScreen, screens } from "../../helpers/browser/screens";
import { openSecurity, signIn, waitForHome } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { addUser, type RunningServer, runOperator, startServer } from "../../helpers/process/server";

const NEWCOMER = "copper lantern meadow twelve";

/** One service and one browser for all of it. */
describeInBrowser("somebody who is invited", () => {
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    server = await startServer();
    await addUser(server, "olive", NEWCOMER);
    browser = await launchBrowser();
  });
  afterEach(async () => {
    for (const open of browser.contexts()) await open.close();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  async function invite(...args: string[]): Promise<string> {
    const { stdout } = await runOperator(server, ["invite", "--json", ...args]);
    const url = new URL((JSON.parse(stdout) as { url: string }).url);
    return `${server.url}${url.pathname}${url.hash}`;
  }

  async function fillIn(page: Page, username: string, password = NEWCOMER) {
    await page.locator("#username").fill(username);
    await page.locator("#password").fill(password);
    await page.locator("button[type=submit]:not([disabled])").click();
  }

  const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true }).waitFor();

  it("joins on the phone, is signed in there, and the computer beside is one typed code away", async () => {
    // The same network as the computer beside it.
    const phone = await openPhone(browser, { extraHTTPHeaders: {} });
    const page = await phone.newPage();
    const link = await invite();
    await page.goto(link);
    await page.getByText("Whoever runs this service invites you.").waitFor();
    await until("the code has left the address bar", () => !page.url().includes("#"));
    await fillIn(page, "grace");
    await heading(page, en.join.doneTitle);

    const computer: BrowserContext = await openProfile(browser);
    const desktop = await computer.newPage();
    await desktop.goto(`${server.url}/sign-in`);
    await desktop.getByText("Can’t scan?").first().click();
    const shown = desktop
      .locator("[translate=no] > span[aria-hidden=true]")
      .filter({ hasText: /^\w{4}-\w{4}$/ });
    const code = (await shown.first().textContent()) ?? "";
    await page.getByRole("link", { name: en.join.toScan }).click();
    await page.locator("#user-code").fill(code);
    await page.locator("#user-code").press("Enter");
    await approve(page);
    await waitForHome(desktop, "grace");
    await page.goto(`${server.url}/`);
    await waitForHome(page, "grace");

    // The link is used up, for everybody.
    const late = await openProfile(browser);
    const stranger = await late.newPage();
    await stranger.goto(link);
    await heading(stranger, en.join.deadTitle);
  });

  it("may correct what was refused, and keeps what was typed", async () => {
    const page = await (await openPhone(browser)).newPage();
    await page.goto(await invite());
    await fillIn(page, "olive");
    await page.getByText(en.setup.usernameTaken).waitFor();
    expect(await page.locator("#password").inputValue()).toBe(NEWCOMER);
    await fillIn(page, "henry", "password");
    await page.getByText("Use at least 15 characters.").waitFor();
    await fillIn(page, "henry");
    await heading(page, en.join.doneTitle);
  });

  /** A browser whose device keeps passkeys, on the page of an invitation. */
  async function openWithPasskeys(link: string, context?: BrowserContext) {
    const page = await (context ?? (await openProfile(browser))).newPage();
    const authenticator = await addAuthenticator(page);
    await page.goto(link);
    await page.locator("#username").waitFor();
    return { page, authenticator };
  }

  async function makeWithPasskey(page: Page, username?: string) {
    if (username !== undefined) await page.locator("#username").fill(username);
    await page.locator("button[type=submit]:not([disabled])").click();
  }

  it("goes from the invitation to signed in without any password, and signs in again with the passkey", async () => {
    const { page, authenticator } = await openWithPasskeys(await invite());
    expect(await page.locator("#password").count()).toBe(0);
    await makeWithPasskey(page, "nora");
    await heading(page, en.join.doneTitle);
    expect(await authenticator.keys()).toHaveLength(1);

    await page.goto(`${server.url}/`);
    await waitForHome(page, "nora");
    await page.getByText(en.home.waysIn.noPassword).waitFor();
    await openSecurity(page);
    await page.getByText(en.passkeys.only).waitFor();
    await page.getByRole("button", { name: /^Delete / }).click();
    await page.getByRole("button", { name: en.passkeys.deleteConfirm }).click();
    await page.getByText(en.passkeys.last).waitFor();

    await page.goto(server.url);
    await page.getByRole("button", { name: en.home.signOut }).click();
    await heading(page, en.signedOut.text);
    await page.goto(`${server.url}/sign-in`);
    await page.getByRole("button", { name: en.signIn.passkey.use }).click();
    await waitForHome(page, "nora");

    await openSecurity(page);
    await page.getByRole("link", { name: en.account.security.password.set }).click();
    await heading(page, en.password.firstTitle);
    expect(await page.locator("#oldPassword").count()).toBe(0);
    await page.locator("#newPassword").fill(NEWCOMER);
    await page.getByRole("button", { name: en.password.firstSubmit }).click();
    await heading(page, en.password.firstDoneTitle);
    const other = await (await openProfile(browser)).newPage();
    await signIn(other, server.url, "nora", NEWCOMER);
    await waitForHome(other, "nora");
    await other.getByText(en.home.waysIn.password).waitFor();
  });

  it("who closes the dialog keeps what was typed, and may choose a password", async () => {
    const { page, authenticator } = await openWithPasskeys(await invite());
    await authenticator.verify(false);
    await makeWithPasskey(page, "peter");
    await page.getByText(en.passkeys.cancelled).waitFor();
    expect(await page.locator("#username").inputValue()).toBe("peter");
    await page.getByRole("button", { name: en.join.usePassword }).click();
    expect(await page.locator("#username").inputValue()).toBe("peter");
    await fillIn(page, "peter");
    await heading(page, en.join.doneTitle);
    expect(await authenticator.keys()).toHaveLength(0);
  });

  it("whose answer is lost presses again, and is signed in by the passkey that was made", async () => {
    const { page, authenticator } = await openWithPasskeys(await invite());
    let lost = 0;
    await page.route("**/api/auth/sign-up", async (route) => {
      const answer = await route.fetch();
      lost += 1;
      return lost === 1 ? route.abort() : route.fulfill({ response: answer });
    });
    await makeWithPasskey(page, "quinn");
    await page.getByText(en.connection.unavailable).waitFor();
    await makeWithPasskey(page);
    await heading(page, en.join.doneTitle);
    expect(lost).toBe(2);
    expect(await authenticator.keys()).toHaveLength(1);
    await page.goto(`${server.url}/`);
    await waitForHome(page, "quinn");
  });

  it("is asked for a password alone by a browser that has no passkeys", async () => {
    const context = await openProfile(browser);
    await context.addInitScript(() => Reflect.deleteProperty(window, "PublicKeyCredential"));
    const page = await context.newPage();
    await page.goto(await invite());
    await page.locator("#password").waitFor();
    expect(await page.locator("#other-way").count()).toBe(0);
    await fillIn(page, "rosa");
    await heading(page, en.join.doneTitle);
  });

  it.each(screens)("sees sound pages: $name", async (screen) => {
    const words = screen.locale === "zh-CN" ? zh : en;
    const context = await openScreen(browser, screen);
    const page = await context.newPage();
    await page.goto(await invite("--roles", "admin,user"));
    await page.locator("#username").waitFor();
    await expectSound(page, screen, "join: form");
    await page.locator("button[type=submit]:not([disabled])").click();
    await page.getByText(words.setup.usernameMissing).waitFor();
    await expectSound(page, screen, "join: refused");
    const { page: able } = await openWithPasskeys(await invite(), context);
    await able.getByRole("button", { name: words.join.submitPasskey }).waitFor();
    await expectSound(able, screen, "join: passkey");
    await makeWithPasskey(able, "olive");
    await able.getByText(words.setup.usernameTaken).waitFor();
    await expectSound(able, screen, "join: passkey, refused");
    const late = await context.newPage();
    await late.goto(`${server.url}/join#AAAAAAAAAAAAAAAAAAAAAA`);
    await heading(late, words.join.deadTitle);
    await expectSound(late, screen, "join: dead");
  });

  it("is invited by an owner on the page for administrators, who sees the link once and takes it back", async () => {
    const profile = await openProfile(browser);
    const page = await profile.newPage();
    await signIn(page, server.url, "olive", NEWCOMER);
    await page.goto(`${server.url}/admin/invitations`);
    await page.locator("#uses").fill("2");
    await page.getByRole("button", { name: en.invitations.make }).click();
    await heading(page, en.invitations.sheetTitle);
    const link = (await page.locator("section code").first().textContent()) ?? "";
    expect(link).toMatch(/\/join#[\w-]{22}$/);
    await page.getByRole("img", { name: en.invitations.code }).waitFor();
    expect(await findFaults(page)).toEqual([]);
    await page.getByRole("button", { name: en.invitations.done }).click();
    expect(await page.locator("body").textContent()).not.toContain(new URL(link).hash);
    await page.getByText("user: 0 of 2 used").first().waitFor();
    await page
      .getByRole("button", { name: /^Revoke the invitation to user/ })
      .first()
      .click();
    await page.getByRole("button", { name: en.invitations.revoke, exact: true }).click();
    await page.getByText(en.invitations.revoked).waitFor();
    const stranger = await (await openPhone(browser)).newPage();
    await stranger.goto(`${server.url}/join${new URL(link).hash}`);
    await heading(stranger, en.join.deadTitle);
  });
});
