import { mkdirSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, it } from "vitest";
import { addAuthenticator } from "../../helpers/browser/authenticator";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { expectSound, openScreen, type Screen, screens } from "../../helpers/browser/screens";
import { openSecurity, PASSWORD, submitSignIn } from "../../helpers/browser/sign-in";
import { addFurtherUser } from "../../helpers/process/further-user";
import { type RunningServer, startServer } from "../../helpers/process/server";

const FOLDER = "test-results/screens";
const ITEM = "[aria-labelledby=passkeys-title] li";
/** The two widths that people have most, besides those of the other screens. */
const common = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];

describeInBrowser("each state of the passkeys", () => {
  let server: RunningServer;
  let browser: Browser;
  let users = 0;

  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true });
    server = await startServer({ env: { CAPTCHA: "off" } });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  /** Looks for faults at the screen's own width, and takes pictures at the common ones. */
  async function look(page: Page, screen: Screen, state: string): Promise<void> {
    await expectSound(page, screen, state);
    for (const size of common) {
      await page.setViewportSize(size);
      const name = `passkeys ${state} ${screen.locale} ${screen.colorScheme} ${size.width}`;
      await page.screenshot({ path: `${FOLDER}/${name.replace(/\W+/g, "-")}.png`, fullPage: true });
    }
    await page.setViewportSize({ ...screen.viewport });
  }

  it.each(screens)("is sound to look at: $name", async (screen) => {
    const context = await openScreen(browser, screen);
    users += 1;
    const username = `ada${users}`;
    await addFurtherUser(server, username, PASSWORD);
    const page = await context.newPage();
    const authenticator = await addAuthenticator(page);
    const openSignIn = async () => {
      await authenticator.answer(false);
      await page.goto(`${server.url}/sign-in`);
      await page.locator("#use-passkey:not([disabled])").waitFor();
    };
    const said = async (part: RegExp) => {
      await page.getByRole("status").filter({ hasText: part }).waitFor();
    };

    await openSignIn();
    await look(page, screen, "1 sign-in");
    await submitSignIn(page, username);
    await page.waitForURL(`${server.url}/`);
    await openSecurity(page);
    await look(page, screen, "5 none");
    await authenticator.answer(true);
    await page.locator("#make-passkey").click();
    await page.locator(ITEM).waitFor();
    await look(page, screen, "6 one");
    await page.locator(`${ITEM} button`).nth(0).click();
    await page.locator("#passkey-name").waitFor();
    await look(page, screen, "7 naming");
    await page.locator("#passkey-name").fill("A key with a rather long name, for the drawer at home");
    await page.keyboard.press("Enter");
    await said(/A key with/);
    await page.locator(`${ITEM} button`).nth(1).click();
    await page.locator(`${ITEM} fieldset`).waitFor();
    await look(page, screen, "8 deleting");
    await page.keyboard.press("Escape");
    await authenticator.remove();
    for (const transport of ["usb", "hybrid"] as const) {
      const next = await addAuthenticator(page, { transport });
      await page.locator("#make-passkey").click();
      await page
        .locator(ITEM)
        .nth(transport === "usb" ? 1 : 2)
        .waitFor();
      await next.remove();
    }
    await look(page, screen, "9 many");
    await context.close();
  });
});
