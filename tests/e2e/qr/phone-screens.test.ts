import { mkdirSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import en from "../../../src/app/i18n/messages/en.json";
import zh from "../../../src/app/i18n/messages/zh.json";
import { signInApiPhone } from "../../helpers/browser/api-phone";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { waitingComputer } from "../../helpers/browser/computer";
import { addClient } from "../../helpers/browser/in-page-client";
import { paintCamera } from "../../helpers/browser/painted-camera";
import { age, approve, openPhone, PHONE_ADDRESS } from "../../helpers/browser/phone";
import {
  expectSound,
  findFaults,
  layoutShift,
  type Screen,
  watchLayoutShifts,
} from "../../helpers/browser/screens";
import { PASSWORD, submitSignIn } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

const FOLDER = "test-results/screens";
const themes = ["light", "dark"] as const;
const sizes = [
  { locale: "en-US", viewport: { width: 390, height: 844 } },
  { locale: "zh-CN", viewport: { width: 390, height: 844 } },
  { locale: "en-US", viewport: { width: 1440, height: 900 } },
  { locale: "zh-CN", viewport: { width: 1440, height: 900 } },
] as const;

/** Every state of scanning and approving, in both themes; on phones also at 320 px (WCAG 2.2, 1.4.10). */
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

  type Size = (typeof sizes)[number];
  const wordsOf = ({ locale }: Size) => (locale === "zh-CN" ? zh : en);
  const near = () => waitingComputer(server.url, { forwardedFor: PHONE_ADDRESS });

  async function open(size: Size): Promise<{ context: BrowserContext; page: Page }> {
    const isPhone = size.viewport.width < 480;
    const context = await openPhone(browser, {
      ...size,
      isMobile: isPhone,
      hasTouch: isPhone,
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

  async function check(page: Page, size: Size, state: string): Promise<void> {
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme });
      const screen: Screen = {
        ...size,
        colorScheme,
        name: `${size.locale} ${colorScheme} ${size.viewport.width}`,
      };
      // Contrast is the theme's, whatever the width and the language: it is looked at once in each.
      const isNew = colorScheme === themes[0] || size === sizes[0];
      if (isNew) await expectSound(page, screen, `${state}, ${screen.name}`);
      await page.screenshot({ path: `${FOLDER}/phone-${state}-${screen.name}.png`.replace(/ /g, "-") });
    }
    if (size.viewport.width > 480) return;
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await findFaults(page), `${state}, 320 px`).toEqual([]);
    await page.setViewportSize({ ...size.viewport });
  }

  const shows = (page: Page, title: string) =>
    until(
      title,
      async () =>
        (await page.title()).startsWith(title) &&
        (await page.getByRole("heading", { name: title }).count()) === 1,
    );

  it.each(sizes)("scanning: $locale, $viewport.width px", async (size) => {
    const { page } = await open(size);
    const words = wordsOf(size).scan;
    await check(page, size, "home");
    await page.goto(`${server.url}/scan`);
    await page.locator("[data-state=running]").waitFor();
    await check(page, size, "scan");
    await page.locator("#user-code").fill("BCDF-GHJK");
    await page.locator("form button[type=submit]").click();
    await page.locator("#user-code-error").waitFor();
    await check(page, size, "scan-wrong-code");
    await page.addInitScript(() => {
      paintedCamera.answer = "NotAllowedError";
    });
    await page.reload();
    await page.getByRole("heading", { name: words.problem.denied.title }).waitFor();
    await check(page, size, "scan-blocked");
  });

  it.each(sizes)("approving: $locale, $viewport.width px", async (size) => {
    const { page } = await open(size);
    const words = wordsOf(size).approval;
    const computer = await near();
    await page.goto(computer.link);
    await shows(page, words.title);
    await page.locator('#approve[aria-disabled="false"]').waitFor();
    expect(await layoutShift(page)).toBeLessThan(0.01);
    await check(page, size, "approve");
    await approve(page);
    await shows(page, words.finishingTitle);
    await check(page, size, "approved");
    await computer.redeem();
    await page.locator("#undo").waitFor();
    await page.evaluate(() =>
      window.dispatchEvent(
        Object.assign(new Event("beforeinstallprompt"), { prompt: async () => undefined }),
      ),
    );
    await page.locator("#install-offer").waitFor();
    await check(page, size, "signed-in");
    await page.locator("#undo").click();
    await shows(page, words.undoneTitle);
    await check(page, size, "undone");
  });

  it.each(sizes)("another network, and denying: $locale, $viewport.width px", async (size) => {
    const { context, page } = await open(size);
    const words = wordsOf(size).approval;
    const computer = await waitingComputer(server.url, { forwardedFor: "203.0.113.7" });
    await page.goto(computer.link);
    await shows(page, words.title);
    await check(page, size, "digits");
    const before = await page.locator("#approve").boundingBox();
    await computer.enterCode((await page.locator("#match-code span").allTextContents()).slice(1).join(""));
    await page.locator('#approve[aria-disabled="false"]').waitFor();
    expect(await page.locator("#approve").boundingBox()).toEqual(before);
    await context.setOffline(true);
    await page.getByText(words.offline).waitFor();
    await check(page, size, "offline");
    await context.setOffline(false);
    await page.locator("#deny").click();
    await shows(page, words.declinedTitle);
    await check(page, size, "declined");
  });

  it.each(sizes)("what comes between: $locale, $viewport.width px", async (size) => {
    const { page } = await open(size);
    const words = wordsOf(size).approval;
    const cancelled = await near();
    await page.goto(cancelled.link);
    await page.locator("#approve").waitFor();
    await cancelled.cancel();
    await shows(page, words.over.cancelled.title);
    await check(page, size, "cancelled");
    const expired = await near();
    await page.goto(expired.link);
    await page.locator("#approve").waitFor();
    age(server, expired.qrId, "expiresAt");
    await shows(page, words.over.expired.title);
    await check(page, size, "expired");
    await page.goto(`${server.url}/q/AbCdEfGhIjKlMnOpQr_-12`);
    await shows(page, words.over.unknown.title);
    await check(page, size, "unknown");
    const taken = await near();
    const other = await signInApiPhone(server.url, "ada", PASSWORD);
    await other.scan({ qr_id: taken.qrId }, PHONE_ADDRESS);
    await page.goto(taken.link);
    await shows(page, words.over.claimed_by_other.title);
    await check(page, size, "already-scanned");
    const answered = await near();
    await page.goto(answered.link);
    await page.locator("#deny").click();
    await shows(page, words.declinedTitle);
    await page.reload();
    await shows(page, words.over.answered.title);
    await check(page, size, "already-answered");
    const left = await near();
    await page.goto(left.link);
    await approve(page);
    await shows(page, words.finishingTitle);
    age(server, left.qrId, "expiresAt");
    await shows(page, words.over.not_taken.title);
    await check(page, size, "not-taken");
  });

  it.each(sizes)("the password first: $locale, $viewport.width px", async (size) => {
    const { page: approver } = await open(size);
    const words = wordsOf(size).approval;
    const made = await openPhone(browser, { ...size, reducedMotion: "reduce" });
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
    await check(page, size, "password");
  });

  it("shows by colour that Approve may not be pressed yet, in forced colours too", async () => {
    const { page } = await open({ ...sizes[0] } as unknown as Size);
    const computer = await waitingComputer(server.url, { forwardedFor: "203.0.113.7" });
    await page.emulateMedia({ forcedColors: "active" });
    await page.goto(computer.link);
    await page.locator('#approve[aria-disabled="true"]').waitFor();
    const colourOf = (id: string) =>
      page.locator(id).evaluate((button) => getComputedStyle(button).borderTopColor);
    expect(await colourOf("#approve")).not.toBe(await colourOf("#deny"));
  });

  it("holds with text at 200% (WCAG 2.2, 1.4.4), and moves nothing for those who ask for less motion", async () => {
    const { page } = await open({ ...sizes[0], viewport: { width: 640, height: 900 } } as unknown as Size);
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
