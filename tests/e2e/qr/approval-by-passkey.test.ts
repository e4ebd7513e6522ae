import { mkdirSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import en from "../../../src/app/i18n/messages/en.json";
import zh from "../../../src/app/i18n/messages/zh.json";
import { addAuthenticator } from "../../helpers/browser/authenticator";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { waitingComputer } from "../../helpers/browser/computer";
import { approve, heading, openPhone, PHONE_ADDRESS } from "../../helpers/browser/phone";
import { expectSound, openScreen, type Screen, screens, statusOf } from "../../helpers/browser/screens";
import {
  openSecurity,
  openSignedIn,
  PASSWORD,
  submitSignIn,
  waitForHome,
} from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { collectCodes, openWaiting, qrPanel, waitForQrState } from "../../helpers/browser/waiting-page";
import { addFurtherUser } from "../../helpers/process/further-user";
import { type RunningServer, startServer } from "../../helpers/process/server";

const FOLDER = "test-results/screens";
const HERE = { "x-forwarded-for": PHONE_ADDRESS };

describeInBrowser("an approval that a relay or a thief cannot use", () => {
  let server: RunningServer;
  let browser: Browser;
  let users = 0;

  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true });
    server = await startServer({ env: { CAPTCHA: "off", TRUST_PROXY: "1" } });
    browser = await launchBrowser();
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  async function newUser(): Promise<string> {
    users += 1;
    await addFurtherUser(server, `ada${users}`, PASSWORD);
    return `ada${users}`;
  }

  async function shoot(page: Page, screen: Screen, name: string): Promise<void> {
    const file = `approval ${name} ${screen.name}`.replace(/\W+/g, "-");
    await page.screenshot({ path: `${FOLDER}/${file}.png`, fullPage: true });
    await expectSound(page, screen, name);
  }

  it("needs the phone's passkey where the account has one: cancelled it approves nothing, used it does", async () => {
    const phone = await openPhone(browser);
    const page = await openSignedIn(phone, server.url, await newUser());
    const authenticator = await addAuthenticator(page);
    await openSecurity(page);
    await page.locator("#make-passkey").click();
    await page.getByText("was added to your passkeys.").waitFor();

    const computer = await waitingComputer(server.url, { forwardedFor: PHONE_ADDRESS });
    await page.goto(computer.link);
    await page.getByText(en.approval.passkeyHint).waitFor();
    await authenticator.verify(false);
    await approve(page);
    await until("said", async () => (await statusOf(page)).includes(en.approval.passkeyCancelled));
    await page.screenshot({ path: `${FOLDER}/approval-passkey-cancelled.png`, fullPage: true });
    expect((await computer.status()).body.status).toBe("scanned");
    await authenticator.verify(true);
    await approve(page);
    await until("approved", async () => (await computer.status()).body.status === "approved");
    expect((await computer.redeem()).status).toBe(200);
    await page.locator("#undo").waitFor();
  });

  it("takes a passkey that was made on another tab after the scan", async () => {
    const phone = await openPhone(browser);
    const page = await openSignedIn(phone, server.url, await newUser());
    await addAuthenticator(page);
    await openSecurity(page);
    const computer = await waitingComputer(server.url, { forwardedFor: PHONE_ADDRESS });
    const asking = await phone.newPage();
    await asking.goto(computer.link);
    await asking.locator("#approve").waitFor();
    await page.bringToFront();
    await page.locator("#make-passkey").click();
    await page.getByText("was added to your passkeys.").waitFor();
    // The authenticator is the first tab's; there the same request goes on.
    await page.goto(computer.link);
    await approve(page);
    await until("approved", async () => (await computer.status()).body.status === "approved");
  });

  describeInBrowser("with QR_FOR=known", () => {
    let strict: RunningServer;

    beforeAll(async () => {
      strict = await startServer({ env: { CAPTCHA: "off", TRUST_PROXY: "1", QR_FOR: "known" } });
      await addFurtherUser(strict, "ada", PASSWORD);
      await addFurtherUser(strict, "bob", PASSWORD);
    });
    afterAll(() => strict?.dispose());

    const [englishLight, chineseDark] = screens as [Screen, Screen];

    async function atDesk(screen: Screen): Promise<{ context: BrowserContext; page: Page }> {
      const context = await openScreen(browser, screen);
      await context.setExtraHTTPHeaders(HERE);
      return { context, page: await context.newPage() };
    }

    it.each([englishLight, chineseDark])(
      "a computer that nobody has signed in on says what to do instead of showing a code: $name",
      async (screen) => {
        const words = (screen.locale === "zh-CN" ? zh : en).qrSignIn.unknown_device;
        const { page } = await atDesk(screen);
        await page.goto(`${strict.url}/sign-in`);
        await waitForQrState(page, "unknown_device");
        await qrPanel(page).getByText(words.text).last().waitFor();
        await shoot(page, screen, "computer unknown");
      },
    );

    it("after one sign-in by password there is a code; another account's phone turns it away, and both sides say so", async () => {
      const { context, page } = await atDesk(englishLight);
      const codes = collectCodes(context);
      await page.goto(`${strict.url}/sign-in`);
      await submitSignIn(page, "bob");
      await waitForHome(page, "bob");
      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      await page.waitForURL("**/signed-out");
      await openWaiting(page, `${strict.url}/sign-in`);

      const phone = await openPhone(browser);
      const tab = await openSignedIn(phone, strict.url, "ada");
      await tab.goto(String(codes.at(-1)?.verification_uri_complete));
      await until("turned away", async () => (await heading(tab)) === en.approval.over.unknown_device.title);
      await tab.screenshot({ path: `${FOLDER}/approval-phone-unknown-device.png`, fullPage: true });
      await waitForQrState(page, "unknown_device");
      await shoot(page, englishLight, "computer turned away");
    });
  });
});
