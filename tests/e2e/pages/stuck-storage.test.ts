import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import en from "../../../src/app/i18n/messages/en.json";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { openSignedIn, PASSWORD } from "../../helpers/browser/sign-in";
import { cookieNames } from "../../helpers/cookie-names";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

/** A generous bound: the client waits five seconds. */
const SOON_ENOUGH = { timeout: 30_000 };

describeInBrowser("a browser whose storage never answers", () => {
  let server: RunningServer;
  let browser: Browser;
  let profile: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off" } });
    await addUser(server, "ada", PASSWORD);
    browser = await launchBrowser();
  });

  beforeEach(async () => {
    profile = await openProfile(browser);
    page = await profile.newPage();
  });

  afterEach(() => profile.close());

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  const stick = () =>
    profile.addInitScript(() => {
      IDBFactory.prototype.open = () => ({}) as IDBOpenDBRequest;
    });

  it("the sign-in page says so after some seconds, with what one can do, in the form and for the code", async () => {
    await stick();
    await page.goto(`${server.url}/sign-in`);
    await page.locator("#username").fill("ada");
    await page.locator("#password").fill(PASSWORD);
    await page.locator("#submit:not([disabled])").click();
    await page.getByText(en.connection.storage).waitFor(SOON_ENOUGH);
    await page.getByText(en.qrSignIn.unavailable.storage).first().waitFor(SOON_ENOUGH);
    expect(await page.locator("#password").inputValue()).toBe(PASSWORD);
    expect(await page.locator("#submit").isEnabled()).toBe(true);
  });

  it("the in-between says so, and goes on when one tries again and it answers", async () => {
    await openSignedIn(profile, server.url, "ada");
    await profile.clearCookies({ name: cookieNames(server.url).view });
    await page.addInitScript(() => {
      const open = IDBFactory.prototype.open;
      IDBFactory.prototype.open = function (this: IDBFactory, name: string) {
        return "isMended" in globalThis ? open.call(this, name) : ({} as IDBOpenDBRequest);
      };
    });
    // The tab that is open has a token; this one is to be alone.
    await profile.pages()[1]?.close();
    await page.goto(server.url);
    await page.getByText(en.connection.storage).waitFor(SOON_ENOUGH);
    await page.evaluate(() => Object.assign(globalThis, { isMended: true }));
    await page.getByRole("button", { name: en.connection.retry }).click();
    await page.getByRole("heading", { name: "Hello, ada" }).waitFor(SOON_ENOUGH);
  });
});
