import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import en from "../../../src/app/i18n/messages/en.json";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { statusOf } from "../../helpers/browser/screens";
import { openSignedIn, PASSWORD, submitSignIn, waitForHome } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { type Watch, watch } from "../../helpers/browser/watch";
import { cookieNames } from "../../helpers/cookie-names";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

describeInBrowser("leaving and coming back", () => {
  let server: RunningServer;
  let browser: Browser;
  let profile: BrowserContext;
  let seen: Watch;
  const viewCookie = () => cookieNames(server.url).view;
  let page: Page;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off" } });
    await addUser(server, "ada", PASSWORD);
    browser = await launchBrowser();
  });

  beforeEach(async () => {
    profile = await openProfile(browser);
    seen = watch(profile);
    page = await openSignedIn(profile, server.url, "ada");
  });

  afterEach(async () => {
    expect(seen.messages.filter((message) => /Content Security Policy|uncaught/i.test(message))).toEqual([]);
    await profile.close();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  const signOut = (tab: Page) => tab.getByRole("button", { name: "Sign out", exact: true }).click();

  it("takes the other tabs along", async () => {
    const tabs = [await profile.newPage(), await profile.newPage()];
    await tabs[0]?.goto(server.url);
    await tabs[1]?.goto(`${server.url}/password`);
    await tabs[1]?.locator("#newPassword").waitFor();
    await Promise.all(tabs.slice(0, 1).map((tab) => waitForHome(tab, "ada")));
    await signOut(page);
    for (const tab of [page, ...tabs]) {
      await tab.waitForURL(`${server.url}/signed-out`);
      await tab.getByRole("heading", { name: "You’re signed out." }).waitFor();
    }
  });

  it("shows nothing of the account by the Back button", async () => {
    await page.getByRole("link", { name: "Security" }).click();
    await page.getByRole("link", { name: "Change password" }).click();
    await page.locator("#newPassword").waitFor();
    await page.getByRole("link", { name: "Back to your account" }).click();
    await waitForHome(page, "ada");
    await signOut(page);
    await page.waitForURL(`${server.url}/signed-out`);
    await page.goBack();
    await page.waitForURL(/\/sign-in/);
    expect(await page.locator("body").textContent()).not.toMatch(/Hello|Signed in as|Current password/);
    await page.goBack();
    await until("not the account", () => /sign-in|signed-out|blank/.test(page.url()));
    expect(await page.locator("body").textContent()).not.toMatch(/Hello|Signed in as|Current password/);
  });

  it("does not say that one is signed out who has signed in again", async () => {
    await signOut(page);
    await page.waitForURL(`${server.url}/signed-out`);
    await page.getByRole("link", { name: "Sign in again" }).click();
    await submitSignIn(page, "ada");
    await waitForHome(page, "ada");
    await page.goto(`${server.url}/signed-out`);
    expect(new URL(page.url()).pathname).toBe("/");
  });

  it("is not kept by any cache", async () => {
    for (const path of ["/", "/password", "/sign-in", "/signed-out", "/setup"]) {
      const response = await page.goto(server.url + path);
      expect(response?.headers()["cache-control"], path).toContain("no-store");
    }
  });

  it("bridges the end of the view cookie by a calm in-between, and never by the sign-in page", async () => {
    await profile.clearCookies({ name: viewCookie() });
    let letGo = () => {};
    const isSeen = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await page.route("**/api/auth/refresh-token", async (route) => {
      await isSeen;
      await route.continue();
    });
    seen.clear();
    await page.goto(`${server.url}/password`);
    await page.getByRole("heading", { name: "One moment" }).waitFor();
    expect(await page.locator("form").count()).toBe(0);
    letGo();
    await page.locator("#newPassword").waitFor();
    expect(seen.documents.filter((url) => url.includes("sign-in"))).toEqual([]);
    expect((await profile.cookies()).some(({ name }) => name === viewCookie())).toBe(true);
  });

  it("stays in the in-between while the service is away, and goes on by itself", async () => {
    await profile.clearCookies({ name: viewCookie() });
    await page.route("**/api/auth/refresh-token", (route) => route.fulfill({ status: 503, body: "" }), {
      times: 1,
    });
    await page.goto(server.url);
    await until("told", async () => (await statusOf(page)).includes("can’t be reached"));
    await waitForHome(page, "ada");
  });

  it("holds for a link from another site too, from which the browser holds the refresh cookie back", async () => {
    await profile.clearCookies({ name: viewCookie() });
    const elsewhere = `http://127.0.0.1:${server.env.PORT}`;
    await page.route(`${elsewhere}/elsewhere`, (route) =>
      route.fulfill({ contentType: "text/html", body: `<a href="${server.url}/">account</a>` }),
    );
    await page.goto(`${elsewhere}/elsewhere`);
    seen.clear();
    await page.getByRole("link").click();
    await waitForHome(page, "ada");
    expect(seen.documents.filter((url) => url.includes("sign-in"))).toEqual([]);
  });

  it("leads a dead session to the sign-in page, says so once, and leads back from there to where one was", async () => {
    await page.goto(`${server.url}/password`);
    await page.locator("#newPassword").waitFor();
    const elsewhere = await openProfile(browser);
    const other = await openSignedIn(elsewhere, server.url, "ada");
    await other
      .getByRole("region", { name: "Where you’re signed in" })
      .getByRole("listitem")
      .nth(1)
      .waitFor();
    const endAll = other.getByRole("button", { name: "Sign out all others" });
    const one = other.getByRole("button", { name: /^Revoke/ });
    await ((await endAll.count()) > 0 ? endAll : one).click();
    // A notice has such a button too, once it has come.
    const question = other.getByRole("group", { name: /^Sign out .+\?$/ });
    await question.getByRole("button", { name: /^Sign (them|it) out$/ }).click();
    await page.waitForURL(`${server.url}/sign-in?return=%2Fpassword`);
    await until("told", async () => (await statusOf(page)) === en.signIn.ended);
    await page.reload();
    await page.locator("#submit:not([disabled])").waitFor();
    expect(await statusOf(page)).toBe("");
    await elsewhere.close();
    await submitSignIn(page, "ada");
    await page.waitForURL(`${server.url}/password`);
  });

  it("leads to the sign-in page, once, when the browser has lost the key of the session", async () => {
    await page.goto("about:blank");
    const wipe = await profile.newPage();
    await wipe.goto(`${server.url}/nowhere`);
    await wipe.evaluate(async () => {
      const names = (await indexedDB.databases()).map(({ name }) => name ?? "");
      await Promise.all(
        names.map(
          (name) => new Promise((done) => Object.assign(indexedDB.deleteDatabase(name), { onsuccess: done })),
        ),
      );
    });
    await wipe.close();
    seen.clear();
    await page.goto(server.url);
    await page.waitForURL(`${server.url}/sign-in`);
    await submitSignIn(page, "ada");
    await waitForHome(page, "ada");
    // The router tells of each page once more, when it takes it over.
    const paths = seen.documents.map((url) => new URL(url).pathname);
    expect(paths.filter((path, index) => path !== paths[index - 1])).toEqual(["/", "/sign-in", "/"]);
  });

  it("says so when the service could not be reached, and sends it when it can", async () => {
    await page.route("**/api/auth/logout", (route) => route.abort(), { times: 1 });
    await signOut(page);
    await until("told", async () => (await statusOf(page)).startsWith("Sign-out didn’t reach the server."));
    await signOut(page);
    await page.waitForURL(`${server.url}/signed-out`);
    await page.goto(server.url);
    await page.waitForURL(`${server.url}/sign-in`);
  });

  it("keeps no secret in any storage that a script can read", async () => {
    const stored = await page.evaluate(async () => {
      const databases = await indexedDB.databases();
      return JSON.stringify({
        cookies: document.cookie,
        local: { ...localStorage },
        session: { ...sessionStorage },
        caches: await caches.keys(),
        databases: databases.map(({ name }) => name),
      });
    });
    expect(stored).not.toContain(PASSWORD);
    expect(stored).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+/);
    const { cookies } = JSON.parse(stored) as { cookies: string };
    expect(cookies).toBe("");
  });
});
