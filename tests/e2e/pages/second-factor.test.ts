import { mkdirSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { expectSound, focusedId, openScreen, type Screen, screens } from "../../helpers/browser/screens";
import { openSecurity, PASSWORD, signIn, submitSignIn, waitForHome } from "../../helpers/browser/sign-in";
import { addFurtherUser } from "../../helpers/process/further-user";
import { type RunningServer, startServer } from "../../helpers/process/server";
import { leaveRecoveryCodes } from "../../helpers/process/session-rows";
import { AuthenticatorApp } from "../../helpers/second-factor/app";

const FOLDER = "test-results/screens";
const clock = { now: () => new Date(), advance: () => {} };

describeInBrowser("the second step of a sign-in", () => {
  let server: RunningServer;
  /** Where nobody has to have one. */
  let optional: RunningServer;
  let browser: Browser;
  let users = 0;

  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true });
    server = await startServer({ env: { CAPTCHA: "off", SECOND_FACTOR: "required" } });
    optional = await startServer({ env: { CAPTCHA: "off" } });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([server, optional].map((each) => each?.dispose()));
  });

  async function openStep(page: Page): Promise<string> {
    users += 1;
    const username = `ada${users}`;
    await addFurtherUser(server, username, PASSWORD);
    await withPassword(page, username);
    return username;
  }

  async function withPassword(page: Page, username: string): Promise<void> {
    await page.goto(`${server.url}/sign-in`);
    await submitSignIn(page, username);
  }

  /** Adds an app on the way of the first sign-in. */
  async function enrol(page: Page): Promise<{ app: AuthenticatorApp; codes: string[] }> {
    const secret = ((await page.locator("#app-secret").textContent()) ?? "").replaceAll(" ", "");
    const app = new AuthenticatorApp(secret, clock);
    await page.locator("#second-code").fill(app.code());
    await page.locator("#second-submit").click();
    return { app, codes: await sheet(page) };
  }

  it("leads through the first authenticator app; later its code, or a recovery code, signs in once", async () => {
    const context = await openProfile(browser);
    const page = await context.newPage();
    const username = await openStep(page);
    const { app, codes } = await enrol(page);
    expect(codes).toHaveLength(10);
    await page.locator("#codes-kept").click();
    await waitForHome(page, username);
    await context.close();

    const later = await openProfile(browser);
    const tab = await later.newPage();
    await withPassword(tab, username);
    const field = tab.locator("#second-code");
    await field.waitFor();
    expect(await focusedId(tab)).toBe("second-code");
    expect(await field.getAttribute("autocomplete")).toBe("one-time-code");
    expect(await field.getAttribute("inputmode")).toBe("numeric");
    await field.fill(app.wrongCode());
    await tab.keyboard.press("Enter");
    await tab.getByText("This code isn’t right").waitFor();
    expect(await focusedId(tab)).toBe("second-code");
    // As a clipboard has it.
    const code = app.code();
    await field.fill(`${code.slice(0, 3)} ${code.slice(3)}`);
    await tab.keyboard.press("Enter");
    await waitForHome(tab, username);
    await later.close();

    const again = await openProfile(browser);
    const last = await again.newPage();
    await withPassword(last, username);
    await last.locator("#use-recovery_code").click();
    await last.locator("#second-code").fill((codes[0] ?? "").toLowerCase());
    await last.keyboard.press("Enter");
    await waitForHome(last, username);
    await again.close();
  });

  it("begins again with the password when the person says so, and after too many wrong codes", async () => {
    const context = await openProfile(browser);
    const page = await context.newPage();
    const username = await openStep(page);
    const { app } = await enrol(page);
    await context.clearCookies();
    await page.goto("about:blank");
    await context.close();

    const later = await openProfile(browser);
    const tab = await later.newPage();
    await withPassword(tab, username);
    await tab.getByRole("button", { name: "Start again" }).click();
    await submitSignIn(tab, username);
    const field = tab.locator("#second-code");
    for (let count = 0; count < 5; count += 1) {
      await tab.locator("#second-submit:not([aria-disabled=true])").waitFor();
      await field.fill(app.wrongCode());
      const answered = tab.waitForResponse("**/api/auth/second-factor");
      await tab.keyboard.press("Enter");
      await answered;
    }
    await tab.getByText("Please sign in again").waitFor();
    await tab.locator("#password").waitFor();
    await later.close();
  });

  it.each(screens)("is sound to look at: $name", async (screen) => {
    const context = await openScreen(browser, screen);
    const page = await context.newPage();
    const username = await openStep(page);
    await page.locator("#second-code").waitFor();
    await look(page, screen, "1 enrol");
    await enrol(page);
    await look(page, screen, "2 codes");
    await context.close();
    const later = await openScreen(browser, screen);
    const tab = await later.newPage();
    await withPassword(tab, username);
    await tab.locator("#second-code").waitFor();
    await look(tab, screen, "3 code");
    await tab.locator("#second-code").fill("000000");
    await tab.keyboard.press("Enter");
    await tab.getByRole("status").filter({ hasText: /\S/ }).waitFor();
    await tab.locator("#use-recovery_code").click();
    await look(tab, screen, "4 recovery");
    await later.close();
  });

  it("is added with the first code of the app, tried without counting, renewed, and removed after a step-up", async () => {
    const context = await openProfile(browser);
    const page = await context.newPage();
    await addFurtherUser(optional, "grace", PASSWORD);
    await signIn(page, optional.url, "grace");
    await openSecurity(page);
    await page.locator("#add-app").click();
    const secret = ((await page.locator("#app-secret").textContent()) ?? "").replaceAll(" ", "");
    const app = new AuthenticatorApp(secret, clock);
    await page.locator("#app-code").fill(app.wrongCode());
    await page.keyboard.press("Enter");
    await page.getByText("This code isn’t right").waitFor();
    await page.locator("#app-code").fill(app.code());
    await page.keyboard.press("Enter");
    const codes = await sheet(page);
    expect(codes).toHaveLength(10);
    await page.emulateMedia({ media: "print" });
    const printed = page.locator(":is(h1, h2, p, code):visible");
    expect(await printed.first().textContent()).toBe("Keep your recovery codes");
    expect((await printed.allTextContents()).slice(-10)).toEqual(codes);
    expect(await printed.count()).toBe(13);
    await page.emulateMedia({ media: null });
    await page.locator("#codes-kept").click();
    await page.getByText("10 recovery codes left").waitFor();

    await page.locator("#try-code").click();
    await page.locator("#tried-code").fill("AAAA-AAAA-AAAA-AAAA");
    await page.keyboard.press("Enter");
    await page.getByText("This isn’t one of your unused recovery codes.").waitFor();
    await page.locator("#tried-code").fill(codes[0] ?? "");
    await page.keyboard.press("Enter");
    await page.getByText("That code is right, and still unused.").waitFor();
    await page.getByText("10 recovery codes left").waitFor();

    // The session proved a password only; the account has a second factor by now.
    await page.locator("#new-codes").click();
    await page.locator("#step-up-password").fill(PASSWORD);
    await page.locator("#step-up-code").fill("000000");
    await page.keyboard.press("Enter");
    await page.getByText("This code isn’t right, or it was used before.").waitFor();
    await page.locator("#step-up-code").fill(codes[1] ?? "");
    await page.keyboard.press("Enter");
    expect(await sheet(page)).not.toContain(codes[2]);
    await page.locator("#codes-kept").click();
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByRole("button", { name: "Remove them" }).click();
    await page.getByText("No authenticator app yet.").waitFor();
    await context.close();
  });

  it("tells at home how many recovery codes are left, and when they are few; Security makes new ones", async () => {
    const context = await openProfile(browser);
    const page = await context.newPage();
    const username = await openStep(page);
    await enrol(page);
    await page.locator("#codes-kept").click();
    await waitForHome(page, username);
    const ways = page.getByRole("region", { name: "How you sign in" });
    await ways.getByText("10 recovery codes left", { exact: true }).waitFor();
    leaveRecoveryCodes(server, 3);
    await page.reload();
    await ways.getByText("3 recovery codes left: make new ones soon", { exact: true }).waitFor();
    leaveRecoveryCodes(server, 0);
    await page.reload();
    await ways.getByText("No recovery codes left: make new ones", { exact: true }).waitFor();
    await ways.getByRole("link", { name: "Security" }).click();
    await page.locator("#new-codes").click();
    expect(await sheet(page)).toHaveLength(10);
    await context.close();
  });

  it.each(screens)("is sound to look at under Security: $name", async (screen) => {
    const context = await openScreen(browser, screen);
    const page = await context.newPage();
    users += 1;
    await addFurtherUser(optional, `mary${users}`, PASSWORD);
    await page.goto(`${optional.url}/sign-in`);
    await submitSignIn(page, `mary${users}`);
    await page.waitForURL(`${optional.url}/`);
    await openSecurity(page);
    await look(page, screen, "5 none");
    await page.locator("#add-app").click();
    await page.locator("#app-code").waitFor();
    await look(page, screen, "6 adding");
    const secret = ((await page.locator("#app-secret").textContent()) ?? "").replaceAll(" ", "");
    await page.locator("#app-code").fill(new AuthenticatorApp(secret, clock).code());
    await page.keyboard.press("Enter");
    await sheet(page);
    await look(page, screen, "7 sheet");
    await page.locator("#codes-kept").click();
    await page.locator("#try-code").click();
    await page.locator("#tried-code").waitFor();
    await look(page, screen, "8 trying");
    await page.locator("#new-codes").click();
    await page.locator("#step-up-code").waitFor();
    await look(page, screen, "9 step-up");
    await context.close();
  });

  async function sheet(page: Page): Promise<string[]> {
    await page.locator("#codes-kept").waitFor();
    return page.locator("[aria-labelledby=recovery-codes-title] code").allTextContents();
  }

  async function look(page: Page, screen: Screen, state: string): Promise<void> {
    await expectSound(page, screen, state);
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      const name = `second ${state} ${screen.locale} ${screen.colorScheme} ${width}`;
      await page.screenshot({ path: `${FOLDER}/${name.replace(/\W+/g, "-")}.png`, fullPage: true });
    }
    await page.setViewportSize({ ...screen.viewport });
  }
});
