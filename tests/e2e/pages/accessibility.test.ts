import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import en from "../../../src/app/i18n/messages/en.json";
import zh from "../../../src/app/i18n/messages/zh.json";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { waitingComputer } from "../../helpers/browser/computer";
import {
  expectSound,
  findFaults,
  openScreen,
  type Screen,
  screens,
  statusOf,
} from "../../helpers/browser/screens";
import { PASSWORD, submitSignIn } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

/** Each state is reached once in each language, and looked at in both themes and at both widths. */
const languages = [
  { name: "English", views: screens.filter(({ locale }) => locale === "en-US") },
  { name: "Chinese", views: screens.filter(({ locale }) => locale === "zh-CN") },
] as const;

const wordsOf = ({ locale }: Screen) => (locale === "zh-CN" ? zh : en);
const SUBMIT = "button[type=submit]:not([disabled])";

describeInBrowser("every page and state, in each language and theme, wide and narrow", () => {
  let fresh: RunningServer;
  let server: RunningServer;
  let strict: RunningServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    fresh = await startServer();
    server = await startServer({ env: { CAPTCHA: "off" } });
    strict = await startServer({ env: { CAPTCHA: "always" } });
    await addUser(server, "ada", PASSWORD);
    await addUser(strict, "ada", PASSWORD);
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all([fresh, server, strict].map((each) => each?.dispose()));
  });

  beforeEach(() => {
    expect(browser.contexts()).toEqual([]);
  });

  afterEach(async () => {
    for (const open of browser.contexts()) await open.close();
  });

  async function open(screen: Screen): Promise<Page> {
    context = await openScreen(browser, screen);
    page = await context.newPage();
    return page;
  }

  /** Opens the first view. @returns what to do in each state: it looks at all views, and leaves the first */
  async function openEach(views: readonly Screen[]) {
    const [screen] = views as [Screen];
    await open(screen);
    const soundInEach = async (state: string) => {
      for (const view of [...views.slice(1), screen]) {
        await page.setViewportSize({ ...view.viewport });
        await page.emulateMedia({ colorScheme: view.colorScheme });
        await expectSound(page, view, `${state}: ${view.name}`);
      }
    };
    return { screen, soundInEach };
  }

  async function signIn(tab: Page, screen: Screen) {
    await tab.goto(`${server.url}/sign-in`);
    await submitSignIn(tab, "ada");
    await tab
      .getByRole("heading", { name: wordsOf(screen).home.greeting.replace("<name></name>", "ada") })
      .waitFor();
    await tab.getByRole("listitem").first().waitFor();
  }

  it.each(languages)("set-up: $name", async ({ views }) => {
    const { screen, soundInEach } = await openEach(views);
    await page.goto(fresh.setupLink ?? "");
    await page.locator(SUBMIT).waitFor();
    await soundInEach("the form");
    await page.locator(SUBMIT).click();
    await page.locator("#username-error").waitFor();
    await soundInEach("fields left out");
    await page.goto(`${fresh.url}/nowhere`);
    await soundInEach("an unknown page");
    await page.goto(`${fresh.url}/setup`);
    await page.getByRole("heading", { name: wordsOf(screen).setup.missingTitle }).waitFor();
    await until("the title", async () => (await page.title()).startsWith(wordsOf(screen).setup.missingTitle));
    await soundInEach("a link without its key");
    await page.goto(`${server.url}/setup`);
    await soundInEach("set-up is done");
  });

  it.each(languages)("sign-in: $name", async ({ views }) => {
    const { screen, soundInEach } = await openEach(views);
    const words = wordsOf(screen);
    await page.goto(`${server.url}/sign-in`);
    await page.locator(SUBMIT).waitFor();
    await soundInEach("the form");
    await page.locator(SUBMIT).click();
    await page.locator("#username-error").waitFor();
    await soundInEach("fields left out");
    await submitSignIn(page, "ada", "not the right one");
    await until("refused", async () => (await statusOf(page)) === words.signIn.invalidCredentials);
    await soundInEach("a wrong password");
    await page.goto(`${server.url}/signed-out`);
    await soundInEach("signed out");
    await page.goto(`${server.url}/reference`);
    await page.locator("summary").first().click();
    await soundInEach("the API reference");
  });

  it.each(screens)("the check: $name", async (screen) => {
    await open(screen);
    const words = wordsOf(screen).signIn.captcha;
    await page.goto(`${strict.url}/sign-in`);
    await page.locator("#username").pressSequentially("ada");
    await page.locator("form img").waitFor();
    await expectSound(page, screen, "a picture");
    await page.getByRole("button", { name: words.cannotSee }).click();
    await page.getByRole("progressbar").waitFor();
    await expectSound(page, screen, "the device works");
    await page.getByRole("button", { name: words.cancel }).click();
    await until("cancelled", async () => (await statusOf(page)) === words.cancelled);
    await page.locator("form img").waitFor();
    await expectSound(page, screen, "cancelled");
  });

  it.each(languages)("the account: $name", async ({ views }) => {
    const { screen, soundInEach } = await openEach(views);
    const words = wordsOf(screen);
    await signIn(page, screen);
    const others = await Promise.all([1, 2].map(() => openScreen(browser, screen)));
    for (const other of others) await signIn(await other.newPage(), screen);
    await page.getByRole("listitem").filter({ hasText: words.notices.dismiss }).nth(1).waitFor();
    await soundInEach("home, with notices");
    await page
      .getByRole("region", { name: words.home.sessions })
      .getByRole("listitem")
      .getByRole("button")
      .first()
      .click();
    await page.getByRole("group").waitFor();
    await soundInEach("home, asking before it revokes");
    await context.setOffline(true);
    await until("offline", async () => (await statusOf(page)) === words.home.offline);
    await soundInEach("home, offline");
    await context.setOffline(false);
    await page.getByRole("link", { name: words.home.waysIn.change }).click();
    await page.locator("#passkeys-title").waitFor();
    await soundInEach("security");
    await page.getByRole("link", { name: words.account.security.password.change }).click();
    await page.locator("#newPassword").waitFor();
    await until("the title", async () => (await page.title()).startsWith(words.password.title));
    await soundInEach("change of password");
    await page.locator(SUBMIT).click();
    await page.locator("#oldPassword-error").waitFor();
    await soundInEach("change of password, fields left out");
    await page.route("**/api/auth/refresh-token", () => {});
    await context.clearCookies({ name: /^countersign-view-/ });
    await page.goto(server.url);
    await page.getByRole("heading", { name: words.restoring.title }).waitFor();
    await soundInEach("the in-between");
  });

  it.each(languages)("the password was changed: $name", async ({ views }) => {
    const { screen, soundInEach } = await openEach(views);
    const words = wordsOf(screen);
    await signIn(page, screen);
    await page.goto(`${server.url}/password`);
    await page.locator("#oldPassword").fill(PASSWORD);
    await page.locator("#newPassword").fill("eight brown otters on ice");
    await page.route("**/api/trpc/account.changePassword**", (route) =>
      route.fulfill({ json: { result: {} } }),
    );
    await page.locator(SUBMIT).click();
    await page.getByRole("heading", { name: words.password.doneTitle }).waitFor();
    await until("the title", async () => (await page.title()).startsWith(words.password.doneTitle));
    await soundInEach("done");
  });

  it("holds with text at 200% (WCAG 2.2, 1.4.4)", async () => {
    await open({ ...screens[0], viewport: { width: 640, height: 900 } } as Screen);
    for (const address of [fresh.setupLink ?? "", `${server.url}/sign-in`, `${server.url}/signed-out`]) {
      await page.goto(address);
      await page.evaluate(() => {
        document.documentElement.style.fontSize = "200%";
      });
      expect(await findFaults(page), address).toEqual([]);
    }
  });

  it("holds with text at 200% on the narrowest screen, six digits and all", async () => {
    await open(screens[3] as Screen);
    await signIn(page, screens[3] as Screen);
    const far = await waitingComputer(server.url, { forwardedFor: "203.0.113.9" });
    for (const address of [`${server.url}/`, `${server.url}/scan`, `${server.url}/password`, far.link]) {
      await page.goto(address);
      await page.locator("main h1").waitFor();
      if (address === far.link) await page.locator("#match-code").waitFor();
      await page.evaluate(() => {
        document.documentElement.style.fontSize = "200%";
      });
      expect(await findFaults(page), address).toEqual([]);
    }
  });

  it("holds at home on a phone with text at 200% and long names", async () => {
    const name = "maximiliane-alexandra.von-und-zu-hohenschwangau-corp.example.org";
    await addUser(server, name, PASSWORD);
    await open({ ...screens[0], viewport: { width: 390, height: 844 } } as Screen);
    await page.goto(`${server.url}/sign-in`);
    await submitSignIn(page, name);
    await page.getByText(name).waitFor();
    await page.getByRole("listitem").first().waitFor();
    await page.evaluate(() => {
      document.documentElement.style.fontSize = "200%";
    });
    expect(await findFaults(page)).toEqual([]);
    const spilling = await page.evaluate(() =>
      [...document.querySelectorAll("main a, main button")]
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
        .map(({ textContent }) => textContent),
    );
    expect(spilling).toEqual([]);
  });

  it("tells those without JavaScript why nothing happens, and lets nothing be sent", async () => {
    context = await browser.newContext({ locale: "en-US", javaScriptEnabled: false });
    page = await context.newPage();
    await page.goto(`${server.url}/sign-in`);
    await page.locator("noscript p").waitFor();
    expect(await page.locator("noscript p").textContent()).toBe(en.app.noScript);
    expect(await page.locator("#submit").isDisabled()).toBe(true);
  });

  it("moves nothing for those who ask for less motion", async () => {
    await open(screens[0] as Screen);
    await page.goto(`${server.url}/sign-in`);
    const moving = await page.evaluate(
      () =>
        [...document.querySelectorAll("*")].filter((element) => {
          const { transitionDuration, animationName } = getComputedStyle(element);
          return transitionDuration !== "0s" || animationName !== "none";
        }).length,
    );
    expect(moving).toBe(0);
  });

  it("can be gone through by keyboard, in the order it is read", async () => {
    await open(screens[0] as Screen);
    await page.goto(`${server.url}/sign-in`);
    await page.locator(SUBMIT).waitFor();
    const names: string[] = [];
    for (let press = 0; press < 6; press += 1) {
      await page.keyboard.press("Tab");
      names.push(
        await page.evaluate(() => {
          const { activeElement } = document;
          return (
            activeElement?.getAttribute("aria-label") ??
            (activeElement?.id || activeElement?.textContent) ??
            ""
          );
        }),
      );
    }
    expect(names).toEqual(["Skip to content", "中文", "username", "password", "Show password", "submit"]);
  });

  it("finds what it looks for: a planted fault of each kind", async () => {
    const screen = screens[0] as Screen;
    await open(screen);
    await page.goto(`${server.url}/sign-in`);
    // Before its script runs, the page would put back what is planted.
    await page.locator(`${SUBMIT}:enabled`).waitFor();
    await page.evaluate(() => {
      document.querySelector("label")?.remove();
      const button = document.createElement("button");
      button.textContent = "x";
      document.body.append(button);
      document.body.style.width = "3000px";
    });
    const faults = await findFaults(page);
    for (const kind of ["axe label", "scrolls sideways", "small target"]) {
      expect(
        faults.some((fault) => fault.startsWith(kind)),
        kind,
      ).toBe(true);
    }
  });
});
