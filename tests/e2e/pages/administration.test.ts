import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { expectSound, openScreen, screens } from "../../helpers/browser/screens";
import { PASSWORD, signIn, submitSignIn } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { watch } from "../../helpers/browser/watch";
import { addUser, type RunningServer, runOperator, startServer } from "../../helpers/process/server";

const NEW_PASSWORD = "seven lamps over a quarry";

/** One service and one browser for all of it. */
describeInBrowser("administration", () => {
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off" } });
    for (const name of ["olive", "ada", "grace"]) await addUser(server, name, PASSWORD);
    browser = await launchBrowser();
  });
  afterEach(async () => {
    for (const open of browser.contexts()) await open.close();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  async function linkFor(username: string): Promise<string> {
    const { stdout } = await runOperator(server, ["user", "recovery-link", username]);
    return stdout.trim();
  }

  const heading = (page: Page, name: string) => page.getByRole("heading", { level: 1, name }).waitFor();

  async function setPassword(page: Page, password: string): Promise<void> {
    await page.locator("#password").fill(password);
    await page.getByRole("button", { name: "Set password" }).click();
  }

  it("lets somebody back in by a recovery link, which leaves the address bar and works once", async () => {
    const profile = await openProfile(browser);
    const seen = watch(profile);
    const page = await profile.newPage();
    const link = await linkFor("ada");
    const secret = new URL(link).hash.slice(1);
    await page.goto(link);
    await page.getByText("For the account ada.").waitFor();
    await until("the secret is gone", () => !page.url().includes("#"));
    expect(await page.evaluate(() => document.documentElement.outerHTML)).not.toContain(secret);
    await page.getByRole("button", { name: "中文" }).click();
    await page.getByRole("button", { name: "English" }).click();
    await page.getByText("For the account ada.").waitFor();
    expect(page.url()).toBe(`${server.url}/recover`);
    await setPassword(page, "short");
    await page.getByText("Use at least 15 characters.").waitFor();
    await setPassword(page, "ada ada ada ada ada");
    await page.getByText(/Leave your name|lists that attackers/).waitFor();
    await setPassword(page, NEW_PASSWORD);
    await heading(page, "Your password is set");
    const carriers = seen.requests.filter(({ url, body }) => (url + (body ?? "")).includes(secret));
    expect(carriers.every(({ method, url }) => method === "POST" && !url.includes(secret))).toBe(true);
    expect(seen.requests.some(({ body }) => body?.includes(NEW_PASSWORD))).toBe(false);
    expect(seen.messages.filter((message) => /Content Security Policy|uncaught/i.test(message))).toEqual([]);
    await page.getByRole("link", { name: "Go to sign-in" }).click();
    await page.locator("#username").fill("ada");
    await page.locator("#password").fill(NEW_PASSWORD);
    await page.locator("#submit:not([disabled])").click();
    await heading(page, "Hello, ada");
    await page.goto(link);
    await heading(page, "This recovery link doesn’t work");
  });

  it("says after a lost answer that the password may be set, and it is", async () => {
    const page = await (await openProfile(browser)).newPage();
    await page.goto(await linkFor("ada"));
    let isLost = false;
    await page.route(/recovery\.complete/, async (route) => {
      const answer = await route.fetch();
      if (isLost) return route.fulfill({ response: answer });
      isLost = true;
      return route.abort();
    });
    await setPassword(page, NEW_PASSWORD);
    await page.getByText("The service can’t be reached right now.").waitFor();
    await setPassword(page, NEW_PASSWORD);
    await heading(page, "Your password may be set already");
    await page.getByRole("link", { name: "Go to sign-in" }).click();
    await page.locator("#username").fill("ada");
    await page.locator("#password").fill(NEW_PASSWORD);
    await page.locator("#submit:not([disabled])").click();
    await heading(page, "Hello, ada");
  });

  it("leaves a recovery link unused by what opens it and runs its scripts", async () => {
    const link = await linkFor("ada");
    const scanner = await openProfile(browser);
    const scanned = await scanner.newPage();
    for (let visit = 0; visit < 3; visit += 1) {
      await scanned.goto("about:blank");
      await scanned.goto(link);
      await heading(scanned, "Set a new password");
      await scanned.locator("#password").waitFor();
    }
    await scanner.close();
    const page = await (await openProfile(browser)).newPage();
    await page.goto(link);
    await setPassword(page, NEW_PASSWORD);
    await heading(page, "Your password is set");
  });

  it("says on the sign-in page what helps without the password", async () => {
    const page = await (await openProfile(browser)).newPage();
    await page.goto(`${server.url}/sign-in`);
    await page.getByText("Forgot your password?").click();
    await page.getByText("Ask an owner or admin of this service for a recovery link.").waitFor();
    await page.getByText("user recovery-link NAME").waitFor();
  });

  it.each(screens)("has sound pages of recovery: $name", async (screen) => {
    const context: BrowserContext = await openScreen(browser, screen);
    const page = await context.newPage();
    await page.goto(`${server.url}/recover`);
    await page.getByRole("link").last().waitFor();
    await expectSound(page, screen, "incomplete link");
    await page.goto("about:blank");
    await page.goto(`${server.url}/recover#${"x".repeat(43)}`);
    await page.getByRole("link", { name: /Go to sign-in|去登录/ }).waitFor();
    await expectSound(page, screen, "dead link");
    await page.goto("about:blank");
    await page.goto(await linkFor("grace"));
    await page.locator("#password").fill("short");
    await page.locator("button[type=submit]").click();
    await page.locator("#password-error").waitFor();
    await expectSound(page, screen, "form with a fault");
    await page.goto(`${server.url}/sign-in`);
    await page.locator("summary").click();
    await expectSound(page, screen, "forgotten password");
  });

  it("leads owners from home to the pages for administrators, and says to others that these are not for them", async () => {
    const owner = await (await openProfile(browser)).newPage();
    await owner.goto(`${server.url}/admin`);
    await submitSignIn(owner, "olive");
    await heading(owner, "Administration");
    await owner.getByRole("link", { name: "Your account" }).click();
    await heading(owner, "Hello, olive");
    await owner.getByRole("link", { name: "Administration" }).click();
    await heading(owner, "Administration");
    const user = await (await openProfile(browser)).newPage();
    await user.goto(`${server.url}/sign-in`);
    await submitSignIn(user, "grace");
    await heading(user, "Hello, grace");
    expect(await user.getByRole("link", { name: "Administration" }).count()).toBe(0);
    await user.goto(`${server.url}/admin`);
    await heading(user, "This page is for owners and admins");
    expect(await user.getByRole("navigation").count()).toBe(0);
  });

  it("lets no form be sent before its page's script runs", async () => {
    const profile = await openProfile(browser);
    await signIn(await profile.newPage(), server.url, "olive");
    const storageState = await profile.storageState();
    const still = await (await browser.newContext({ javaScriptEnabled: false, storageState })).newPage();
    const places = [
      "/admin/people",
      "/admin/invitations",
      "/admin/audit",
      "/admin/applications",
      "/password",
      "/scan",
      "/join",
      "/recover",
    ];
    const ready: string[] = [];
    let forms = 0;
    for (const place of ["/", ...places, "/admin", "/sign-in", "/setup"]) {
      await still.goto(`${server.url}${place}`);
      forms += await still.locator("form").count();
      if ((await still.locator("form [type=submit]:enabled").count()) > 0) ready.push(place);
    }
    expect(ready).toEqual([]);
    expect(forms).toBeGreaterThanOrEqual(4);
  });

  it("finds a person, changes roles, makes a link, disables and enables, with the password asked for where it has to be", async () => {
    const page = await (await openProfile(browser)).newPage();
    await page.goto(`${server.url}/admin/people`);
    await submitSignIn(page, "olive");
    await heading(page, "People");
    await page.locator("#query").fill("gra");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByRole("link", { name: /ada/ }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: /grace/ }).click();
    await heading(page, "grace");
    await page.getByRole("checkbox", { name: "admin" }).check();
    await page.getByRole("button", { name: "Save roles" }).click();
    await page.getByText("The roles are saved.").waitFor();
    await page.getByRole("button", { name: "Make recovery link" }).click();
    await page.getByRole("button", { name: "Yes: Make recovery link" }).click();
    await page.getByText(/\/recover#[\w-]{43}$/).waitFor();
    await page.getByRole("button", { name: "Disable account" }).click();
    await page.getByRole("button", { name: "Yes: Disable account" }).click();
    await page.getByText("The account is disabled.").waitFor();
    await page.getByRole("button", { name: "Enable account" }).click();
    await page.getByRole("button", { name: "Yes: Enable account" }).click();
    await page.getByText("The account is enabled.").waitFor();
    await page.getByRole("link", { name: "Back to people" }).click();
    await page.locator("#query").fill("nobody at all");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByText("Nobody was found.").waitFor();
  });

  it.each(screens)("has sound pages of people: $name", async (screen) => {
    const page = await (await openScreen(browser, screen)).newPage();
    await page.goto(`${server.url}/admin/people`);
    await submitSignIn(page, "olive");
    await page.getByRole("link", { name: /ada/ }).waitFor();
    await expectSound(page, screen, "people");
    await page.getByRole("link", { name: /ada/ }).click();
    await page.locator("#act-remove").waitFor();
    await expectSound(page, screen, "a person");
  });

  it("tells what happened in sentences, filtered by the address, which Back takes back and another tab opens", async () => {
    const profile = await openProfile(browser);
    const page = await profile.newPage();
    await page.goto(`${server.url}/admin/audit?actor=operator&type=account_created`);
    await submitSignIn(page, "olive");
    await heading(page, "Audit");
    await page.getByText("The operator created the account grace.").waitFor();
    expect(await page.locator("#actor").inputValue()).toBe("operator");
    await page.goto(`${server.url}/admin/audit`);
    await page
      .getByText(/^olive signed in with a password/)
      .first()
      .waitFor();
    await page.locator("#user").fill("grace");
    await page.getByRole("combobox").selectOption({ label: "Accounts, roles and invitations" });
    await page.getByRole("button", { name: "Find" }).click();
    await page.waitForURL(/\/admin\/audit\?user=grace&type=account_created/);
    await page.getByText("The operator created the account grace.").waitFor();
    await page.getByText(/signed in/).waitFor({ state: "detached" });
    await page.getByText("Record", { exact: true }).last().click();
    await page.getByText('"type": "account_created"').waitFor();
    const another = await profile.newPage();
    await another.goto(page.url());
    await another.getByText("The operator created the account grace.").waitFor();
    await another.getByRole("button", { name: "中文" }).click();
    await another.getByText("运维人员 创建了账号 grace。").waitFor();
    await another.getByRole("button", { name: "English" }).click();
    await another.close();
    await page.goBack();
    await page.waitForURL(`${server.url}/admin/audit`);
    await page
      .getByText(/^olive signed in with a password/)
      .first()
      .waitFor();
    expect(await page.locator("#user").inputValue()).toBe("");
    const taken = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download CSV" }).click();
    const file = await (await taken).createReadStream();
    let text = "";
    for await (const piece of file) text += String(piece);
    expect(text).toMatch(/^at,type,user_id,username/);
    expect(text).toContain('"account_created"');
  });

  it("says when there are no events, no such user, and no answer, from which it comes back", async () => {
    const page = await (await openProfile(browser)).newPage();
    await page.goto(`${server.url}/admin/audit?from=2001-01-01&to=2001-12-31`);
    await submitSignIn(page, "olive");
    await page.getByText("No events were found.").waitFor();
    await page.locator("#user").fill("nobody-of-this-name");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByText(/There’s no user of this name/).waitFor();
    await page.route("**/api/trpc/audit.list*", (route) => route.abort());
    await page.locator("#user").fill("grace");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByText("The events didn’t load.").waitFor();
    await page.unroute("**/api/trpc/audit.list*");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("No events were found.").waitFor();
  });

  it("shows what the installation is like, and none of its secrets", async () => {
    const page = await (await openProfile(browser)).newPage();
    await page.goto(`${server.url}/admin/system`);
    await submitSignIn(page, "olive");
    await heading(page, "System");
    await page.getByText(/^SQLite 3\./).waitFor();
    await page.getByText("AUDIT_RETENTION_DAYS").waitFor();
    await page.getByText("ES256").first().waitFor();
    const data = await runOperator(server, ["system", "--json"]);
    expect(JSON.parse(data.stdout)).toMatchObject({ storage: { kind: "sqlite" } });
  });

  it("tells of a person where they are signed in and what happened lately, and leads to all of it", async () => {
    const page = await (await openProfile(browser)).newPage();
    await page.goto(`${server.url}/admin/people`);
    await submitSignIn(page, "olive");
    await page.getByRole("link", { name: /olive/ }).click();
    await heading(page, "olive");
    await page.getByText("Active now").first().waitFor();
    await page
      .getByText(/^olive signed in with a password/)
      .first()
      .waitFor();
    await page.getByRole("link", { name: "All events of this person" }).click();
    await page.waitForURL(/\/admin\/audit\?user=[\w-]{22}$/);
    await heading(page, "Audit");
    await page
      .getByText(/^olive signed in with a password/)
      .first()
      .waitFor();
  });

  it.each(screens)("has sound pages of the audit trail: $name", async (screen) => {
    const page = await (await openScreen(browser, screen)).newPage();
    await page.goto(`${server.url}/admin/audit`);
    await submitSignIn(page, "olive");
    await page.locator("#export").waitFor();
    await expectSound(page, screen, "audit");
    await page.locator("li summary").first().click();
    await page.locator("pre").waitFor();
    await expectSound(page, screen, "a record");
    await page.goto(`${server.url}/admin/system`);
    await page.locator("#system-settings").waitFor();
    await expectSound(page, screen, "system");
  });

  it("registers an application of each kind, shows the secret once, changes it, renews the secret and removes it", async () => {
    const page = await (await openProfile(browser)).newPage();
    await page.goto(`${server.url}/admin/applications`);
    await submitSignIn(page, "olive");
    await heading(page, "Applications");
    await page.getByText("No application is registered yet.").waitFor();
    await page.getByRole("radio", { name: /Program without a person/ }).check();
    await page.locator("#id").fill("nightly export");
    await page.locator("#name").fill("Nightly export");
    await page.locator("#audience").fill("https://reports.example.com");
    await page.getByRole("button", { name: "Register" }).click();
    await page.getByText("an ID that no other application has").waitFor();
    // What was typed is still there.
    await page.locator("#id").fill("nightly-export");
    await page.getByRole("button", { name: "Register" }).click();
    await page.getByRole("heading", { name: "Nightly export is registered" }).waitFor();
    const secret = String(await page.locator("dd code").nth(2).textContent());
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(await page.locator("dd code").first().textContent()).toBe(server.url);
    await page.getByRole("button", { name: "Done" }).click();
    await page.locator("#id").fill("reports");
    await page.locator("#name").fill("Reports");
    await page.locator("#origins").fill("https://reports.example.com/app");
    await page.getByRole("button", { name: "Register" }).click();
    await page.getByText("Use addresses without a path").waitFor();
    await page.locator("#origins").fill("https://reports.example.com https://wiki.example.com");
    await page.getByRole("button", { name: "Register" }).click();
    await page.getByRole("heading", { name: "Reports is registered" }).waitFor();
    await page.getByRole("link", { name: /Nightly export/ }).click();
    await heading(page, "Nightly export");
    expect(await page.content()).not.toContain(secret);
    await page.locator("#name").fill("Export");
    await page.getByRole("button", { name: "Save" }).click();
    await heading(page, "Export");
    await page.getByRole("button", { name: "Make new secret" }).click();
    await page.getByRole("button", { name: "Yes: Make new secret" }).click();
    await page.getByText("The new secret is above.").waitFor();
    expect(await page.locator("dd code").nth(2).textContent()).not.toBe(secret);
    await page.getByRole("button", { name: "Remove application" }).click();
    await page.getByRole("button", { name: "Yes: Remove application" }).click();
    await heading(page, "Applications");
    await page.getByRole("link", { name: /Reports/ }).waitFor();
    expect(await page.getByRole("link", { name: /Export/ }).count()).toBe(0);
    await page.goto(`${server.url}/admin/applications/nightly-export`);
    await page.getByText("This application couldn’t be shown.").waitFor();
  });

  it.each(screens)("has sound pages of applications: $name", async (screen) => {
    const page = await (await openScreen(browser, screen)).newPage();
    await page.goto(`${server.url}/admin/applications`);
    await submitSignIn(page, "olive");
    await page.locator("#origins").waitFor();
    await page.getByRole("link", { name: /Reports/ }).waitFor();
    await expectSound(page, screen, "applications");
    await page.locator("input[value=program]").check();
    await page.locator("#audience").waitFor();
    await expectSound(page, screen, "a program");
    await page.getByRole("link", { name: /Reports/ }).click();
    await page.locator("#remove-title").waitFor();
    await expectSound(page, screen, "an application");
    await page.goto(`${server.url}/admin/applications/none`);
    await page.locator("[data-tone=error], [role=status]").first().waitFor();
    await expectSound(page, screen, "no application");
  });
});
