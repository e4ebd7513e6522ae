import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { focusedId, layoutShift, statusOf, watchLayoutShifts } from "../../helpers/browser/screens";
import { openSignedIn, PASSWORD, waitForHome } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { type Watch, watch } from "../../helpers/browser/watch";
import { addFurtherUser } from "../../helpers/process/further-user";
import { type RunningServer, startServer } from "../../helpers/process/server";

describeInBrowser("home", () => {
  let server: RunningServer;
  let browser: Browser;
  let here: BrowserContext;
  let there: BrowserContext;
  let seen: Watch;
  let page: Page;
  let users = 0;
  let username: string;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off" } });
    browser = await launchBrowser();
  });

  beforeEach(async () => {
    users += 1;
    username = `ada${users}`;
    await addFurtherUser(server, username, PASSWORD);
    here = await openProfile(browser);
    there = await openProfile(browser);
    await watchLayoutShifts(here);
    seen = watch(here);
    page = await openSignedIn(here, server.url, username);
  });

  afterEach(async () => {
    expect(seen.messages.filter((message) => /Content Security Policy|uncaught/i.test(message))).toEqual([]);
    await here.close();
    await there.close();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  const rows = (tab: Page) =>
    tab.getByRole("region", { name: "Where you’re signed in" }).getByRole("listitem");

  it("shows this device first and marked, and says when there is no other", async () => {
    await rows(page).first().waitFor();
    expect(await rows(page).count()).toBe(1);
    expect(await rows(page).first().textContent()).toMatch(/on Linux\s*This device\s*Active now/);
    expect(await rows(page).first().getByRole("button").count()).toBe(0);
    await page.getByText("You’re not signed in anywhere else.").waitFor();
  });

  it("says once who it is whose only name is the one to sign in with", async () => {
    await rows(page).first().waitFor();
    expect(await page.getByText(username).allTextContents()).toEqual([username]);
  });

  it("loads without pushing anything about, with a notice too", async () => {
    await openSignedIn(there, server.url, username);
    await page.reload();
    await waitForHome(page, username);
    await rows(page).first().waitFor();
    await page.getByText("Not you?").waitFor();
    expect(await layoutShift(page)).toBe(0);
  });

  it("tells at once of a sign-in elsewhere, and ends it with one press", async () => {
    const other = await openSignedIn(there, server.url, username);
    const notice = page.getByRole("listitem").filter({ hasText: "Not you?" });
    await notice.waitFor();
    expect(await notice.textContent()).toMatch(
      /^New sign-in: .+ on Linux, (127\.0\.0\.1|::1), .+\. Not you\? Sign it out\./,
    );
    await notice.getByRole("button", { name: "Sign it out", exact: true }).click();
    await other.waitForURL(`${server.url}/sign-in`);
    await until("told", async () => / was signed out\.$/.test(await statusOf(page)));
    await until("the row is gone", async () => (await rows(page).count()) === 1);
  });

  it("puts a notice away for good, and on every device of the account, those that sign in later too", async () => {
    const other = await openSignedIn(there, server.url, username);
    const noticesOf = (tab: Page) => tab.getByRole("listitem").filter({ hasText: "Not you?" });
    await noticesOf(other).waitFor();
    await noticesOf(page)
      .getByRole("button", { name: /^Dismiss/ })
      .click();
    await noticesOf(other)
      .getByRole("button", { name: /^Dismiss/ })
      .click();
    await until("gone", async () => (await noticesOf(page).count()) + (await noticesOf(other).count()) === 0);
    const third = await openProfile(browser);
    const later = await openSignedIn(third, server.url, username);
    for (const tab of [page, later]) {
      await tab.reload();
      await waitForHome(tab, username);
      await until("all rows", async () => (await rows(tab).count()) === 3);
    }
    expect(await noticesOf(later).count()).toBe(0);
    expect(await noticesOf(page).count()).toBe(1);
    await third.close();
  });

  it("shows a notice again that the service would not put away, and says so", async () => {
    await openSignedIn(there, server.url, username);
    const notice = page.getByRole("listitem").filter({ hasText: "Not you?" });
    await notice.waitFor();
    await page.route("**/api/trpc/sessions.acknowledge**", (route) =>
      route.fulfill({ status: 503, body: "" }),
    );
    await notice.getByRole("button", { name: /^Dismiss/ }).click();
    await until("told", async () => (await statusOf(page)) === "That didn’t work. Please try again.");
    expect(await notice.count()).toBe(1);
  });

  it("revokes one session after a question, which Escape takes back", async () => {
    const other = await openSignedIn(there, server.url, username);
    const revoke = rows(page)
      .nth(1)
      .getByRole("button", { name: /^Revoke/ });
    await revoke.click();
    await page.getByRole("group", { name: /^Sign out .+\?$/ }).waitFor();
    await page.keyboard.press("Escape");
    expect(await revoke.evaluate((button) => button === document.activeElement)).toBe(true);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await other.waitForURL(`${server.url}/sign-in`);
    await until("the row is gone", async () => (await rows(page).count()) === 1);
    expect(await focusedId(page)).toBe("sessions-title");
    expect(await statusOf(page)).toMatch(/ was signed out\.$/);
  });

  it("signs out all others, and stays", async () => {
    const others = [await openSignedIn(there, server.url, username)];
    const third = await openProfile(browser);
    others.push(await openSignedIn(third, server.url, username));
    await page.getByRole("button", { name: "Sign out all others" }).click();
    await page.getByRole("group", { name: "Sign out 2 other devices?" }).waitFor();
    await page.getByRole("button", { name: "Sign them out" }).click();
    await Promise.all(others.map((other) => other.waitForURL(`${server.url}/sign-in`)));
    await until("told", async () => (await statusOf(page)) === "2 other devices were signed out.");
    expect(await rows(page).count()).toBe(1);
    await third.close();
  });

  it("says that it is offline, and that a list could not be loaded, with a way to try again", async () => {
    await here.setOffline(true);
    await until("told", async () => (await statusOf(page)).startsWith("You’re offline."));
    await here.setOffline(false);
    await until("no more", async () => (await statusOf(page)) === "");
    await page.route("**/api/trpc/**", (route) => route.fulfill({ status: 503, body: "" }));
    await page.reload();
    await page.getByText("Your sessions couldn’t be loaded.").waitFor();
    await page.unroute("**/api/trpc/**");
    await page.getByRole("button", { name: "Try again" }).click();
    await rows(page).first().waitFor();
  });

  it("is printed in dark ink on white, without what can only be pressed", async () => {
    await rows(page).first().waitFor();
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await page.getByText("Active now").waitFor();
    expect(await page.getByRole("button").count()).toBe(0);
    expect(await page.getByRole("link", { name: "Security" }).count()).toBe(0);
    const painted = await page.evaluate(() => [
      getComputedStyle(document.body).color,
      getComputedStyle(document.documentElement).backgroundColor,
    ]);
    expect(painted).toEqual(["rgb(22, 25, 29)", "rgb(255, 255, 255)"]);
  });

  it("changes the password: old one checked, policy kept, other devices signed out, this one stays", async () => {
    const other = await openSignedIn(there, server.url, username);
    await page.getByRole("link", { name: "Security" }).click();
    await page.getByRole("link", { name: "Change password" }).click();
    await page.locator("#newPassword").waitFor();
    const change = async (oldPassword: string, newPassword: string) => {
      await page.locator("#oldPassword").fill(oldPassword);
      await page.locator("#newPassword").fill(newPassword);
      await page.locator("button[type=submit]:not([disabled])").click();
    };
    const titleTop = () =>
      page.locator("h1").evaluate((title) => title.getBoundingClientRect().top + window.scrollY);
    const top = await titleTop();
    await change("not the old one", "eight brown otters on ice");
    await until("refused", async () => (await page.locator("#oldPassword-error").count()) === 1);
    expect(await page.locator("#oldPassword-error").textContent()).toBe("The current password is incorrect.");
    expect(await focusedId(page)).toBe("oldPassword");
    await change(PASSWORD, "passwordpassword");
    await until("refused", async () => (await page.locator("#newPassword-error").count()) === 1);
    expect(await focusedId(page)).toBe("newPassword");
    expect(await titleTop()).toBe(top);
    await change(PASSWORD, "eight brown otters on ice");
    await page.getByRole("heading", { name: "Password changed" }).waitFor();
    await other.waitForURL(`${server.url}/sign-in`);
    await page.getByRole("link", { name: "Back to your account" }).click();
    await waitForHome(page, username);
    for (const { url, body } of seen.requests) {
      expect(`${url} ${body ?? ""}`).not.toMatch(/otters/);
    }
    await openSignedIn(there, server.url, username, "eight brown otters on ice");
  });
});
