import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { openScreen, screens } from "../../helpers/browser/screens";
import { PASSWORD, submitSignIn } from "../../helpers/browser/sign-in";
import { waitForQrState } from "../../helpers/browser/waiting-page";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

const FOLDER = "test-results/screens";
/** The one in the README. Renewed by `UPDATE_SCREENSHOTS=1 npm test`. */
const README_IMAGE = "docs/images/sign-in.png";
const README_SIZE = { width: 1280, height: 840 };

describeInBrowser("pictures of the pages", () => {
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true });
    server = await startServer({ env: { CAPTCHA: "off" } });
    await addUser(server, "ada", PASSWORD);
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  async function take(page: Page, name: string): Promise<string> {
    const path = `${FOLDER}/${name.replace(/\W+/g, "-")}.png`;
    await page.screenshot({ path });
    return path;
  }

  it.each(screens)("are taken of sign-in and home: $name", async (screen) => {
    const context = await openScreen(browser, screen);
    const page = await context.newPage();
    await page.goto(`${server.url}/sign-in`);
    await page.locator("#submit:not([disabled])").waitFor();
    if (screen.viewport.width >= 720) await waitForQrState(page, "waiting");
    expect(sizeOf(await take(page, `sign-in ${screen.name}`))).toEqual(screen.viewport);
    await submitSignIn(page, "ada");
    // The sign-in page has a list as well.
    await page.waitForURL(`${server.url}/`);
    await page.getByRole("listitem").first().waitFor();
    await take(page, `home ${screen.name}`);
    await context.close();
  });

  it("show in the README what the sign-in page looks like", async () => {
    const context = await browser.newContext({
      locale: "en-US",
      viewport: README_SIZE,
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    await page.goto(`${server.url}/sign-in`);
    await waitForQrState(page, "waiting");
    await page.locator("#username").fill("ada");
    await page.locator("#password").fill(PASSWORD);
    const taken = await take(page, "readme");
    if (process.env.UPDATE_SCREENSHOTS === "1") {
      mkdirSync("docs/images", { recursive: true });
      copyFileSync(taken, README_IMAGE);
    }
    expect(sizeOf(README_IMAGE)).toEqual(README_SIZE);
    await context.close();
  });
});

/** Of a PNG, from its header (PNG, third edition, section 11.2.1). */
function sizeOf(path: string): { width: number; height: number } {
  const bytes = readFileSync(path);
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}
