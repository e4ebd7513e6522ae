import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import en from "../../../src/app/i18n/messages/en.json";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { openSignedIn, PASSWORD, waitForHome } from "../../helpers/browser/sign-in";
import { cookieNames } from "../../helpers/cookie-names";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

/** A generous bound: the longest limit is ten seconds. */
const SOON_ENOUGH = { timeout: 45_000 };
const EACH_TEST_MAY_TAKE_IN_MS = 180_000;

/** Each test mostly waits for a limit of the page, so all of them wait at once, each in a profile of its own. */
describeInBrowser("what never answers", () => {
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off" } });
    await addUser(server, "ada", PASSWORD);
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  const inProfile = (run: (profile: BrowserContext) => Promise<void>) => async () => {
    const profile = await openProfile(browser);
    try {
      await run(profile);
    } finally {
      await profile.close();
    }
  };

  const says = (page: Page, text: string) => page.getByText(text).first().waitFor(SOON_ENOUGH);
  const tryAgain = (page: Page) => page.getByRole("button", { name: en.connection.retry });

  async function fillIn(profile: BrowserContext): Promise<Page> {
    const page = await profile.newPage();
    await page.goto(`${server.url}/sign-in`);
    await page.locator("#username").fill("ada");
    await page.locator("#password").fill(PASSWORD);
    return page;
  }

  /** Requests to these addresses are never answered, until they are let through. */
  async function hold(page: Page, address: RegExp): Promise<() => void> {
    let isHeld = true;
    await page.route(address, (route) => (isHeld ? undefined : route.continue()));
    return () => {
      isHeld = false;
    };
  }

  it.concurrent(
    "the lists of the home page: it says so, why, and loads them when asked again",
    inProfile(async (profile) => {
      const page = await openSignedIn(profile, server.url, "ada");
      const letThrough = await hold(page, /\/api\/trpc\/(?!sessions\.live)/);
      await page.reload();
      await says(page, en.connection.slow);
      await says(page, en.connection.unavailable);
      await says(page, en.home.loadFailed);
      letThrough();
      await tryAgain(page).click();
      await says(page, en.home.current);
      expect(await page.getByText(en.connection.unavailable).count()).toBe(0);
    }),
    EACH_TEST_MAY_TAKE_IN_MS,
  );

  it.concurrent(
    "the storage under the home page: it says that it is the storage",
    inProfile(async (profile) => {
      const page = await openSignedIn(profile, server.url, "ada");
      await page.addInitScript(() => {
        const open = IDBFactory.prototype.open;
        IDBFactory.prototype.open = function (this: IDBFactory, name: string) {
          return "isWell" in globalThis ? open.call(this, name) : ({} as IDBOpenDBRequest);
        };
      });
      await page.reload();
      await says(page, en.connection.storage);
      await page.evaluate(() => Object.assign(globalThis, { isWell: true }));
      await tryAgain(page).click();
      await says(page, en.home.current);
    }),
    EACH_TEST_MAY_TAKE_IN_MS,
  );

  it.concurrent(
    "the browser's WebCrypto: the sign-in page says so, and goes on when it answers again",
    inProfile(async (profile) => {
      await profile.addInitScript(() => {
        const sign = SubtleCrypto.prototype.sign;
        SubtleCrypto.prototype.sign = function (this: SubtleCrypto, ...input: Parameters<typeof sign>) {
          return sessionStorage.getItem("isWell") ? sign.apply(this, input) : new Promise(() => {});
        } as typeof sign;
      });
      const page = await fillIn(profile);
      await page.locator("#submit:not([disabled])").click();
      await says(page, en.connection.keys);
      await says(page, en.qrSignIn.unavailable.keys);
      await page.evaluate(() => sessionStorage.setItem("isWell", "yes"));
      await page.locator("#submit").click();
      await waitForHome(page, "ada");
    }),
    EACH_TEST_MAY_TAKE_IN_MS,
  );

  it.concurrent(
    "a lock: signing in and the home page do without",
    inProfile(async (profile) => {
      await profile.addInitScript(() => {
        LockManager.prototype.request = () => new Promise(() => {});
        LockManager.prototype.query = () => new Promise(() => {});
      });
      const page = await fillIn(profile);
      await page.locator("#submit:not([disabled])").click();
      await waitForHome(page, "ada");
      await says(page, en.home.current);
      await profile.clearCookies({ name: cookieNames(server.url).view });
      await page.reload();
      await page.getByRole("heading", { name: "Hello, ada" }).waitFor(SOON_ENOUGH);
    }),
    EACH_TEST_MAY_TAKE_IN_MS,
  );

  it.concurrent(
    "the scripts of the sign-in page that are loaded when they are needed: it says so, and keeps what was typed",
    inProfile(async (profile) => {
      const page = await profile.newPage();
      await page.goto(`${server.url}/sign-in`);
      await page.getByRole("img", { name: en.qrSignIn.picture }).waitFor();
      // The part that encrypts is asked for with the first sign-in.
      const letThrough = await hold(page, /\/_next\/static\/.*\.js/);
      await page.locator("#username").fill("ada");
      await page.locator("#password").fill(PASSWORD);
      await page.locator("#submit").click();
      await says(page, en.connection.script);
      expect(await page.locator("#password").inputValue()).toBe(PASSWORD);
      letThrough();
    }),
    EACH_TEST_MAY_TAKE_IN_MS,
  );

  it.concurrent(
    "the in-between page's own request: it says so after a while, and a button loads the page",
    inProfile(async (profile) => {
      const page = await openSignedIn(profile, server.url, "ada");
      await profile.clearCookies({ name: cookieNames(server.url).view });
      await page.route(/_rsc=/, () => undefined);
      await page.goto(server.url);
      await says(page, en.connection.unavailable);
      await tryAgain(page).click();
      await page.getByRole("heading", { name: "Hello, ada" }).waitFor(SOON_ENOUGH);
    }),
    EACH_TEST_MAY_TAKE_IN_MS,
  );
});
