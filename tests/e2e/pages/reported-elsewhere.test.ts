import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { signInApiPhone } from "../../helpers/browser/api-phone";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { waitingComputer } from "../../helpers/browser/computer";
import { paintCamera } from "../../helpers/browser/painted-camera";
import { openSignedIn, PASSWORD, submitSignIn, waitForHome } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { LIVE_PATH, type Watch, watch } from "../../helpers/browser/watch";
import { addFurtherUser } from "../../helpers/process/further-user";
import { type RunningServer, startServer } from "../../helpers/process/server";

/** What users of other sign-in pages have reported, tried here. */
describeInBrowser("what broke the pages of others", () => {
  let server: RunningServer;
  let browser: Browser;
  let profile: BrowserContext;
  let seen: Watch;
  let username: string;
  let users = 0;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off" } });
    browser = await launchBrowser();
  });

  beforeEach(async () => {
    users += 1;
    username = `ada${users}`;
    await addFurtherUser(server, username, PASSWORD);
    profile = await openProfile(browser);
    seen = watch(profile);
  });

  const complaints = () =>
    seen.messages.filter((message) => /Content Security Policy|uncaught/i.test(message));

  afterEach(async () => {
    expect(complaints()).toEqual([]);
    for (const context of browser.contexts()) await context.close();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  it("a sign-in sent by a double click and three presses of Enter is one sign-in", async () => {
    const page = await profile.newPage();
    await page.goto(`${server.url}/sign-in`);
    await page.route("**/api/auth/login", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await route.continue();
    });
    await page.locator("#username").fill(username);
    await page.locator("#password").fill(PASSWORD);
    await page.locator("#submit:not([disabled])").dblclick();
    for (const _ of [1, 2, 3]) await page.locator("#password").press("Enter");
    await waitForHome(page, username);
    expect(seen.to("/api/auth/login")).toHaveLength(1);
  });

  it("what extensions put into a page before its script runs does not keep it from working", async () => {
    await profile.addInitScript(() => {
      const add = () => {
        if (!document.body || document.querySelector("x-extension")) return;
        document.documentElement.setAttribute("data-extension-mode", "dark");
        document.body.setAttribute("cz-shortcut-listen", "true");
        document.head.prepend(Object.assign(document.createElement("meta"), { name: "extension" }));
        document.body.prepend(document.createElement("x-extension"));
        document.body.append(document.createElement("x-extension"));
        for (const input of document.querySelectorAll("input")) {
          input.setAttribute("data-lock-id", "1");
          input.after(document.createElement("x-extension-icon"));
        }
      };
      new MutationObserver(add).observe(document, { childList: true, subtree: true });
    });
    const page = await profile.newPage();
    await page.goto(`${server.url}/sign-in`);
    await submitSignIn(page, username, "wrong");
    await page.getByText("Username or password is incorrect.").waitFor();
    await submitSignIn(page, username);
    await waitForHome(page, username);
    // #418: React met an element that it did not render and renders the page again. That is its way back, and all it says.
    expect(complaints().filter((message) => !message.includes("React error #418"))).toEqual([]);
    seen.clear();
  });

  it.each([
    ["in small letters", (code: string) => code.toLowerCase()],
    ["without its hyphen", (code: string) => code.replace("-", "")],
    ["with spaces around and within", (code: string) => `  ${code.replace("-", " ")} \t`],
    [
      "in full-width letters",
      (code: string) =>
        code.replace(/[A-Z]/g, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0)),
    ],
    ["with a dash that a keyboard made of the hyphen", (code: string) => code.replace("-", "–")],
  ])("a typed code is taken %s", async (_, write) => {
    await paintCamera(profile);
    const page = await openSignedIn(profile, server.url, username);
    const computer = await waitingComputer(server.url);
    await page.goto(`${server.url}/scan`);
    await page.locator("#user-code").fill(write(computer.userCode));
    await page.locator("form button[type=submit]:not([disabled])").click();
    await page.locator("#deny").waitFor();
  });

  it("a session that is over already can be revoked without an error", async () => {
    const other = await signInApiPhone(server.url, username, PASSWORD);
    const page = await openSignedIn(profile, server.url, username);
    const rows = page.locator("[aria-labelledby=sessions-title] li");
    await until("two sessions", async () => (await rows.count()) === 2);
    // This page hears of nothing.
    await page.route(`**${LIVE_PATH}**`, (route) => route.abort());
    const second = await openSignedIn(await openProfile(browser), server.url, username);
    await second.getByRole("button", { name: "Sign out all others" }).waitFor();
    expect((await other.me()).status).toBe(200);
    const stale = await profile.newPage();
    await stale.goto(server.url);
    const staleRows = stale.locator("[aria-labelledby=sessions-title] li");
    await until("three sessions", async () => (await staleRows.count()) === 3);
    await stale.route("**/api/trpc/sessions.list**", (route) => route.abort());
    await stale.route(`**${LIVE_PATH}**`, (route) => route.abort());
    await second.getByRole("button", { name: "Sign out", exact: true }).click();
    await second.waitForURL(/signed-out/);
    const left = await staleRows.count();
    for (let row = 1; row < left; row += 1) {
      await staleRows
        .nth(row)
        .getByRole("button", { name: /^Revoke/ })
        .click();
      await stale.getByRole("button", { name: "Sign it out", exact: true }).last().click();
      await until("answered", async () =>
        /was signed out/.test((await stale.getByRole("status").textContent()) ?? ""),
      );
    }
  });

  it("a page that was open before another tab signed in does not sign in twice", async () => {
    const [first, second] = [await profile.newPage(), await profile.newPage()];
    await first.goto(`${server.url}/sign-in`);
    await second.goto(`${server.url}/sign-in`);
    await submitSignIn(first, username);
    await waitForHome(first, username);
    await waitForHome(second, username);
    await second.goBack().catch(() => {});
    await second.goto(`${server.url}/sign-in`);
    await waitForHome(second, username);
    expect(seen.to("/api/auth/login")).toHaveLength(1);
  });

  it("the camera goes off with the browser's Back button, and on again with Forward", async () => {
    await paintCamera(profile);
    const page: Page = await openSignedIn(profile, server.url, username);
    await page.getByRole("link", { name: "Scan a code" }).click();
    const running = () => page.evaluate(() => paintedCamera.running);
    await until("on", async () => (await running()) === 1);
    await page.goBack();
    await waitForHome(page, username);
    expect(await running()).toBe(0);
    await page.goForward();
    await until("on again", async () => (await running()) === 1);
  });
});
