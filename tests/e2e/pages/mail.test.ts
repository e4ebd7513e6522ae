import { mkdirSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { expectSound, focusedId, openScreen, type Screen, screens } from "../../helpers/browser/screens";
import { openSignedIn, PASSWORD, submitSignIn, waitForHome } from "../../helpers/browser/sign-in";
import { codeIn, type MailServer, startMailServer } from "../../helpers/mail/mail-server";
import { mailSettings } from "../../helpers/mail/steps";
import { addFurtherUser } from "../../helpers/process/further-user";
import { type RunningServer, startServer } from "../../helpers/process/server";

const FOLDER = "test-results/screens";
const NEW_PASSWORD = "seven lamps over a quarry";

describeInBrowser("mail addresses, a forgotten password, and a sign-up by mail", () => {
  let mailServer: MailServer;
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true });
    mailServer = await startMailServer();
    // The check is asked of everybody: the page answers it by itself.
    const open = { SIGN_UP: "open", SIGN_UP_DOMAINS: "example.com" };
    server = await startServer({ env: { ...mailSettings(mailServer), ...open } });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
    await mailServer?.close();
  });

  const shot = async (page: Page, screen: Screen, state: string) => {
    await expectSound(page, screen, state);
    await page.screenshot({ path: `${FOLDER}/mail ${state}, ${screen.name}.png`, fullPage: true });
  };

  async function addAddress(page: Page, address: string): Promise<void> {
    await page.goto(`${server.url}/account`);
    await page.locator("#add-email").click();
    await page.locator("#email").fill(address);
    await page.keyboard.press("Enter");
    await page.locator("#email-code").waitFor();
  }

  it("verifies an address, forgets the password, gets back in by the code of a mail, and signs in by the address", async () => {
    await addFurtherUser(server, "ada", PASSWORD);
    const profile = await openProfile(browser);
    const page = await openSignedIn(profile, server.url, "ada");
    await addAddress(page, "ada@example.com");
    expect(await focusedId(page)).toBe("email-code");
    await page.locator("#email-code").fill("00000000");
    await page.keyboard.press("Enter");
    await page.getByText("This code isn’t right").waitFor();
    expect(await focusedId(page)).toBe("email-code");
    await page.locator("#email-code").fill(codeIn(await mailServer.mailTo("ada@example.com")));
    await page.keyboard.press("Enter");
    await page.getByText("ada@example.com was added").waitFor();

    const other = await openProfile(browser);
    const tab = await other.newPage();
    await tab.goto(`${server.url}/sign-in`);
    await tab.getByText("Forgot your password?").click();
    await tab.getByRole("link", { name: "Get a code by mail" }).click();
    await tab.locator("#identifier").fill("ada");
    await tab.keyboard.press("Enter");
    await tab.locator("#mail-code").waitFor();
    expect(await focusedId(tab)).toBe("mail-code");
    await tab.locator("#mail-code").fill("0000 0000");
    await tab.keyboard.press("Enter");
    await tab.getByText("This code isn’t right").waitFor();
    await tab.locator("#mail-code").fill(codeIn(await mailServer.mailTo("ada@example.com", 2)));
    await tab.keyboard.press("Enter");
    await tab.locator("#password").fill(NEW_PASSWORD);
    await tab.keyboard.press("Enter");
    await tab.getByRole("link", { name: "Go to sign-in" }).click();
    await submitSignIn(tab, "ADA@example.com", NEW_PASSWORD);
    await waitForHome(tab, "ada");
    expect((await mailServer.mailTo("ada@example.com", 3)).header("Subject")).toContain(
      "A new password was set",
    );
    await page.waitForURL((url) => url.pathname === "/sign-in");

    await tab.goto(`${server.url}/account`);
    await tab.getByRole("button", { name: "Remove ada@example.com" }).click();
    await tab.getByRole("button", { name: "Remove it", exact: true }).click();
    await tab.getByText("ada@example.com was removed").waitFor();
    await profile.close();
    await other.close();
  });

  it("signs up by the code of a mail: corrects address, code and name on the way, and is signed in", async () => {
    const profile = await openProfile(browser);
    const page = await profile.newPage();
    await page.goto(`${server.url}/sign-in`);
    await page.getByRole("link", { name: "Create an account" }).click();
    await page.locator("button[type=submit]:not([disabled])").waitFor();
    await page.locator("#email").fill("grace@example.org");
    await page.keyboard.press("Enter");
    await page.getByText("Only addresses at example.com can be used here.").waitFor();
    expect(await focusedId(page)).toBe("email");
    await page.locator("#email").fill("grace@example.com");
    await page.keyboard.press("Enter");
    await page.locator("#mail-code").fill("0000 0000");
    await page.locator("#username").fill("ada");
    await page.locator("#password").fill(NEW_PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByText("This code isn’t right").waitFor();
    expect(await focusedId(page)).toBe("mail-code");
    await page.locator("#mail-code").fill(codeIn(await mailServer.mailTo("grace@example.com")));
    await page.keyboard.press("Enter");
    await page.getByText("This name is already in use.").waitFor();
    expect(await focusedId(page)).toBe("username");
    await page.locator("#username").fill("grace");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Go to your account" }).click();
    await waitForHome(page, "grace");
    await page.getByText("1 mail address").waitFor();
    await page.goto(`${server.url}/account`);
    await page.getByText("grace@example.com").waitFor();
    await page.goto(`${server.url}/sign-up`);
    await waitForHome(page, "grace");
    await profile.close();
  });

  it.each(screens)("has nothing wrong for a keyboard or a screen reader: $name", async (screen) => {
    const context = await openScreen(browser, screen);
    const page = await context.newPage();
    await page.goto(`${server.url}/recover`);
    await page.locator("#identifier").waitFor();
    await shot(page, screen, "recover ask");
    await page.keyboard.press("Enter");
    await page.locator("#identifier[aria-invalid]").waitFor();
    await page.locator("#identifier").fill("nobody");
    await page.keyboard.press("Enter");
    await page.locator("#mail-code").waitFor();
    await page.locator("#mail-code").fill("1");
    await page.keyboard.press("Enter");
    await page.locator("#mail-code[aria-invalid]").waitFor();
    await shot(page, screen, "recover code");

    await page.goto(`${server.url}/sign-up`);
    await page.locator("#email").waitFor();
    await shot(page, screen, "sign-up address");
    await page.locator("#email").fill("nobody");
    await page.keyboard.press("Enter");
    await page.locator("#email[aria-invalid]").waitFor();
    await shot(page, screen, "sign-up refused");
    await page.locator("#email").fill(`nobody${screens.indexOf(screen)}@example.com`);
    await page.keyboard.press("Enter");
    await page.locator("#mail-code").waitFor();
    await shot(page, screen, "sign-up code");

    const username = `user${screens.indexOf(screen)}`;
    await addFurtherUser(server, username, PASSWORD);
    await page.goto(`${server.url}/sign-in`);
    await page.locator("details summary").first().click();
    await shot(page, screen, "forgot");
    await submitSignIn(page, username);
    await page.waitForURL(`${server.url}/`);
    await addAddress(page, `${username}-${"long-name".repeat(6)}@mail.example.com`);
    await shot(page, screen, "account code");
    await context.close();
  });
});
