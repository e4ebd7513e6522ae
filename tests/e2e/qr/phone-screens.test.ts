import { mkdirSync } from "node:fs";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import en from "../../../src/app/i18n/messages/en.json";
import zh from "../../../src/app/i18n/messages/zh.json";
import { signInApiPhone } from "../../helpers/browser/api-phone";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { waitingComputer } from "../../helpers/browser/computer";
import { addClient } from "../../helpers/browser/in-page-client";
import { paintCamera } from "../../helpers/browser/painted-camera";
import { age, approve, openPhone, PHONE_ADDRESS } from "../../helpers/browser/phone";
import { expectSound, findFaults, layoutShift, watchLayoutShifts } from "../../helpers/browser/screens";
import { PASSWORD, submitSignIn } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

const FOLDER = "test-results/screens";
const themes = ["light", "dark"] as const;
const PHONE = { width: 390, height: 844 };
const sizes = [PHONE, { width: 1440, height: 900 }] as const;
/** Each state is reached once in each language: by touch in one, with a mouse in the other. */
const people = [
  { locale: "en-US", isMobile: true },
  { locale: "zh-CN", isMobile: false },
] as const;

/** Every state of scanning and approving, in both themes and at both sizes; also at 320 px (WCAG 2.2, 1.4.10). */
describeInBrowser("the phone's screens", () => {
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true });
    server = await startServer({ env: { CAPTCHA: "off", TRUST_PROXY: "1", LIMIT_WRONG_USER_CODES: "1000" } });
    await addUser(server, "ada", PASSWORD);
    browser = await launchBrowser();
  });

  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  type Person = (typeof people)[number];
  const wordsOf = ({ locale }: Person) => (locale === "zh-CN" ? zh : en);
  const near = () => waitingComputer(server.url, { forwardedFor: PHONE_ADDRESS });

  async function open(
    { locale, isMobile }: Person,
    viewport = PHONE,
  ): Promise<{ context: BrowserContext; page: Page }> {
    const context = await openPhone(browser, {
      locale,
      viewport,
      isMobile,
      hasTouch: isMobile,
      reducedMotion: "reduce",
    });
    await paintCamera(context);
    await watchLayoutShifts(context);
    const page = await context.newPage();
    await page.goto(`${server.url}/sign-in`);
    await submitSignIn(page, "ada");
    await page.waitForURL(`${server.url}/`);
    await page.getByRole("listitem").first().waitFor();
    return { context, page };
  }

  async function check(page: Page, { locale }: Person, state: string): Promise<void> {
    for (const viewport of sizes) {
      await page.setViewportSize(viewport);
      for (const colorScheme of themes) {
        await page.emulateMedia({ colorScheme });
        const name = `${locale} ${colorScheme} ${viewport.width}`;
        // Contrast is the theme's, whatever the width and the language: it is looked at once in each.
        const isNew = colorScheme === themes[0] || (viewport === PHONE && locale === people[0].locale);
        if (isNew) await expectSound(page, { locale, viewport, colorScheme, name }, `${state}, ${name}`);
        await page.screenshot({ path: `${FOLDER}/phone-${state}-${name}.png`.replace(/ /g, "-") });
      }
    }
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await findFaults(page), `${state}, 320 px`).toEqual([]);
    await page.setViewportSize(PHONE);
  }

  /** The width and the style of an element's border. */
  const lineOf = (element: Locator) =>
    element.evaluate((one) => {
      const { borderTopWidth, borderTopStyle } = getComputedStyle(one);
      return `${borderTopWidth} ${borderTopStyle}`;
    });

  const shows = (page: Page, title: string) =>
    until(
      title,
      async () =>
        (await page.title()).startsWith(title) &&
        (await page.getByRole("heading", { name: title }).count()) === 1,
    );

  it.each(people)("scanning: $locale", async (person) => {
    const { page } = await open(person);
    const words = wordsOf(person).scan;
    await check(page, person, "home");
    await page.goto(`${server.url}/scan`);
    await page.locator("[data-state=running]").waitFor();
    await check(page, person, "scan");
    await page.locator("#user-code").fill("BCDF-GHJK");
    await page.locator("form button[type=submit]").click();
    await page.locator("#user-code-error").waitFor();
    await check(page, person, "scan-wrong-code");
    await page.addInitScript(() => {
      paintedCamera.answer = "NotAllowedError";
    });
    await page.reload();
    await page.getByRole("heading", { name: words.problem.denied.title }).waitFor();
    await check(page, person, "scan-blocked");
  });

  it.each(people)("approving: $locale", async (person) => {
    const { page } = await open(person);
    const words = wordsOf(person).approval;
    const computer = await near();
    await page.goto(computer.link);
    await shows(page, words.title);
    await page.locator('#approve[aria-disabled="false"]').waitFor();
    expect(await layoutShift(page)).toBeLessThan(0.01);
    await check(page, person, "approve");
    await approve(page);
    await shows(page, words.finishingTitle);
    await check(page, person, "approved");
    await computer.redeem();
    await page.locator("#undo").waitFor();
    await page.evaluate(() =>
      window.dispatchEvent(
        Object.assign(new Event("beforeinstallprompt"), { prompt: async () => undefined }),
      ),
    );
    await page.locator("#install-offer").waitFor();
    await check(page, person, "signed-in");
    await page.locator("#undo").click();
    await shows(page, words.undoneTitle);
    await check(page, person, "undone");
  });

  it.each(people)("another network, and denying: $locale", async (person) => {
    const { context, page } = await open(person);
    const words = wordsOf(person).approval;
    const computer = await waitingComputer(server.url, { forwardedFor: "203.0.113.7" });
    await page.goto(computer.link);
    await shows(page, words.title);
    await check(page, person, "digits");
    const before = await page.locator("#approve").boundingBox();
    await computer.enterCode((await page.locator("#match-code span").allTextContents()).slice(1).join(""));
    await page.locator('#approve[aria-disabled="false"]').waitFor();
    expect(await page.locator("#approve").boundingBox()).toEqual(before);
    await context.setOffline(true);
    await page.getByText(words.offline).waitFor();
    await check(page, person, "offline");
    await context.setOffline(false);
    await page.locator("#deny").click();
    await shows(page, words.declinedTitle);
    await check(page, person, "declined");
  });

  it.each(people)("what comes between: $locale", async (person) => {
    const { page } = await open(person);
    const words = wordsOf(person).approval;
    const cancelled = await near();
    await page.goto(cancelled.link);
    await page.locator("#approve").waitFor();
    await cancelled.cancel();
    await shows(page, words.over.cancelled.title);
    await check(page, person, "cancelled");
    const expired = await near();
    await page.goto(expired.link);
    await page.locator("#approve").waitFor();
    age(server, expired.qrId, "expiresAt");
    await shows(page, words.over.expired.title);
    await check(page, person, "expired");
    await page.goto(`${server.url}/q/AbCdEfGhIjKlMnOpQr_-12`);
    await shows(page, words.over.unknown.title);
    await check(page, person, "unknown");
    const taken = await near();
    const other = await signInApiPhone(server.url, "ada", PASSWORD);
    await other.scan({ qr_id: taken.qrId }, PHONE_ADDRESS);
    await page.goto(taken.link);
    await shows(page, words.over.claimed_by_other.title);
    await check(page, person, "already-scanned");
    const answered = await near();
    await page.goto(answered.link);
    await page.locator("#deny").click();
    await shows(page, words.declinedTitle);
    await page.reload();
    await shows(page, words.over.answered.title);
    await check(page, person, "already-answered");
    const left = await near();
    await page.goto(left.link);
    await approve(page);
    await shows(page, words.finishingTitle);
    age(server, left.qrId, "expiresAt");
    await shows(page, words.over.not_taken.title);
    await check(page, person, "not-taken");
  });

  it.each(people)("the password first: $locale", async (person) => {
    const { page: approver } = await open(person);
    const words = wordsOf(person).approval;
    const made = await openPhone(browser, { locale: person.locale, reducedMotion: "reduce" });
    const page = await made.newPage();
    await page.goto(`${server.url}/sign-in`);
    await addClient(page);
    const created = await page.evaluate(() => countersignTest.client.trpc.qr.create.mutate());
    await approver.goto(created.verification_uri_complete);
    await approve(approver);
    await shows(approver, words.finishingTitle);
    await page.evaluate(
      (device_code) => countersignTest.client.trpc.qr.redeem.mutate({ device_code, delivery: "cookie" }),
      created.device_code,
    );
    await page.goto((await near()).link);
    await shows(page, words.passwordTitle);
    await check(page, person, "password");
  });

  it("shows by its line, not by colour alone, whether Approve may be pressed in forced colours", async () => {
    const { page } = await open(people[0]);
    const computer = await waitingComputer(server.url, { forwardedFor: "203.0.113.7" });
    await page.emulateMedia({ forcedColors: "active" });
    await page.goto(computer.link);
    await page.locator('#approve[aria-disabled="true"]').waitFor();
    expect(await lineOf(page.locator("#approve"))).toBe("2px dashed");
    expect(await lineOf(page.locator("#deny"))).toBe("2px solid");
    await computer.enterCode((await page.locator("#match-code span").allTextContents()).slice(1).join(""));
    await page.locator('#approve[aria-disabled="false"]').waitFor();
    expect(await lineOf(page.locator("#approve"))).toBe("2px solid");
  });

  it("shows by its line that the light is on, and by a fill in forced colours", async () => {
    const { context, page } = await open(people[0]);
    await context.addInitScript(() => {
      paintedCamera.hasTorch = true;
    });
    await page.goto(`${server.url}/scan`);
    const light = page.locator("button[aria-pressed]");
    expect(await lineOf(light)).toBe("1px solid");
    await light.click();
    await page.locator("button[aria-pressed=true]").waitFor();
    expect(await lineOf(light)).toBe("2px solid");
    const fill = () => light.evaluate((button) => getComputedStyle(button).backgroundColor);
    await page.emulateMedia({ forcedColors: "active" });
    const pressed = await fill();
    await light.click();
    await page.locator("button[aria-pressed=false]").waitFor();
    expect(await fill()).not.toBe(pressed);
  });

  it("holds with text at 200% (WCAG 2.2, 1.4.4), and moves nothing for those who ask for less motion", async () => {
    const { page } = await open(people[0], { width: 640, height: 900 });
    const computer = await waitingComputer(server.url, { forwardedFor: "203.0.113.7" });
    for (const address of [`${server.url}/scan`, computer.link]) {
      await page.goto(address);
      await page.locator("#user-code, #approve").waitFor();
      await page.evaluate(() => {
        document.documentElement.style.fontSize = "200%";
      });
      expect(await findFaults(page), address).toEqual([]);
      const moving = await page.evaluate(
        () =>
          [...document.querySelectorAll("*")].filter((element) => {
            const { transitionDuration, animationName } = getComputedStyle(element);
            return transitionDuration !== "0s" || animationName !== "none";
          }).length,
      );
      expect(moving, address).toBe(0);
    }
  });
});
