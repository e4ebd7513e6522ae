import { mkdirSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import en from "../../../src/app/i18n/messages/en.json";
import zh from "../../../src/app/i18n/messages/zh.json";
import type { QrCreateOutput } from "../../../src/contract/qr";
import { type ApiPhone, signInApiPhone } from "../../helpers/browser/api-phone";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import {
  expectSound,
  findFaults,
  layoutShift,
  openScreen,
  type Screen,
  screens,
  watchLayoutShifts,
} from "../../helpers/browser/screens";
import { PASSWORD } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import {
  collectCodes,
  nthCode,
  openWaiting,
  qrPanel,
  qrSpoken,
  waitForQrState,
} from "../../helpers/browser/waiting-page";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

const FOLDER = "test-results/screens";
const HERE = "198.51.100.1";
const ELSEWHERE = "203.0.113.9";

const [englishLight, chineseDark] = screens as [Screen, Screen];
const tablet = { width: 800, height: 900 };
const qrScreens: readonly Screen[] = [
  englishLight,
  chineseDark,
  { name: "English, dark, 800 px", locale: "en-US", colorScheme: "dark", viewport: tablet },
  { name: "Chinese, light, 800 px", locale: "zh-CN", colorScheme: "light", viewport: tablet },
];

describeInBrowser("the code on the sign-in page, in each state, language and theme", () => {
  let server: RunningServer;
  let browser: Browser;
  let phone: ApiPhone;
  let context: BrowserContext;
  let page: Page;
  let codes: readonly QrCreateOutput[];

  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true });
    server = await startServer({ env: { CAPTCHA: "off", TRUST_PROXY: "1" } });
    await addUser(server, "ada", PASSWORD);
    phone = await signInApiPhone(server.url, "ada", PASSWORD);
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  beforeEach(() => {
    expect(browser.contexts()).toEqual([]);
  });

  afterEach(async () => {
    for (const each of browser.contexts()) await each.close();
  });

  async function open(screen: Screen): Promise<void> {
    context = await openScreen(browser, screen);
    await context.setExtraHTTPHeaders({ "x-forwarded-for": HERE });
    await watchLayoutShifts(context);
    codes = collectCodes(context);
    page = await context.newPage();
    await page.clock.install();
    await openWaiting(page, `${server.url}/sign-in`);
  }

  async function scan(address = HERE) {
    const { qr_id } = codes.at(-1) as QrCreateOutput;
    const scanned = await phone.scan({ qr_id }, address);
    await waitForQrState(page, "scanned");
    return scanned;
  }

  async function renew(): Promise<void> {
    const count = codes.length;
    await qrPanel(page).getByRole("button").click();
    await waitForQrState(page, "waiting");
    await nthCode(codes, count + 1);
  }

  it.each(qrScreens)("$name", async (screen) => {
    await open(screen);
    const words = (screen.locale === "zh-CN" ? zh : en).qrSignIn;
    const check = async (state: string) => {
      await until("the fade is over", () =>
        page.evaluate(() => document.getAnimations().every(({ playState }) => playState === "finished")),
      );
      const name = `qr ${state} ${screen.name}`.replace(/\W+/g, "-");
      await page.screenshot({ path: `${FOLDER}/${name}.png` });
      await expectSound(page, screen, state);
      expect(await layoutShift(page), `${state} pushes nothing about`).toBe(0);
    };
    await check("waiting");
    await page.getByRole("button", { name: words.cannotScan }).click();
    await page.getByText(codes[0]?.user_code ?? "").waitFor();
    await check("letters");
    await page.getByRole("button", { name: words.canScan }).click();

    let scanned = await scan();
    await check("scanned");
    await phone.deny(scanned);
    await waitForQrState(page, "denied");
    expect(await qrSpoken(page)).toBe(words.spoken.denied);
    await check("denied");

    await renew();
    scanned = await scan(ELSEWHERE);
    await check("six digits");
    await page.locator("#qr-digits").fill(scanned.body.code === "000000" ? "111111" : "000000");
    await page.getByRole("button", { name: words.scanned.digitsSubmit }).click();
    await page.locator("#qr-digits-error").waitFor();
    await check("six digits, wrong");
    await page.locator("#qr-digits").fill(String(scanned.body.code));
    await page.getByRole("button", { name: words.scanned.digitsSubmit }).click();
    await page.getByText(words.scanned.entered).first().waitFor();
    await check("six digits, right");
    await page.getByRole("button", { name: words.cancel }).click();
    await waitForQrState(page, "cancelled");
    await check("cancelled");

    await renew();
    await scan();
    await page.clock.fastForward(123_000);
    await waitForQrState(page, "expired");
    expect(await qrSpoken(page)).toBe(words.expired.text);
    await check("expired");

    await renew();
    await context.setOffline(true);
    await waitForQrState(page, "offline");
    await check("offline");
    await page.route("**/api/auth/qr", (route) => route.fulfill({ status: 503, body: "{}" }), { times: 1 });
    await context.setOffline(false);
    await waitForQrState(page, "waiting");
  });

  it.each(qrScreens)("$name, when it ends", async (screen) => {
    await open(screen);
    const check = async (state: string) => {
      const name = `qr ${state} ${screen.name}`.replace(/\W+/g, "-");
      await page.screenshot({ path: `${FOLDER}/${name}.png` });
      await expectSound(page, screen, state);
    };
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route(
      "**/api/auth/qr/token",
      async (route) => {
        await held;
        await route.fetch();
        await route.abort();
      },
      { times: 1 },
    );
    await phone.confirm(await scan());
    await waitForQrState(page, "approved");
    await check("approved");
    release();
    await waitForQrState(page, "interrupted");
    await check("interrupted");
    await page.route("**/api/auth/qr", (route) => route.fulfill({ status: 503, body: "{}" }), { times: 1 });
    await qrPanel(page).getByRole("button").click();
    await waitForQrState(page, "unavailable");
    await check("unavailable");
    await page.route(
      "**/api/auth/qr",
      (route) =>
        route.fulfill({
          status: 429,
          headers: { "retry-after": "45" },
          json: { error: "too_many_attempts", error_description: "Too many.", request_id: "r" },
        }),
      { times: 1 },
    );
    await qrPanel(page).getByRole("button").click();
    await page.getByText(/0:4\d/).waitFor();
    await check("too many codes");
  });

  it("holds with text at 200% (WCAG 2.2, 1.4.4), and shows no code where there is no room for one", async () => {
    await open({ ...englishLight, viewport: { width: 1280, height: 900 } });
    await page.evaluate(() => {
      document.documentElement.style.fontSize = "200%";
    });
    expect(await findFaults(page)).toEqual([]);
    await page.getByRole("button", { name: en.qrSignIn.cannotScan }).click();
    expect(await findFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 640, height: 900 });
    await qrPanel(page).waitFor({ state: "detached" });
    expect(await findFaults(page)).toEqual([]);
  });
});
