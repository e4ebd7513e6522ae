import Database from "better-sqlite3";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { expectSound, openScreen, screens } from "../../helpers/browser/screens";
import { openSignedIn, PASSWORD, waitForHome } from "../../helpers/browser/sign-in";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

const screen = {
  name: "",
  locale: "en-US",
  colorScheme: "light",
  viewport: { width: 390, height: 844 },
} as const;

describeInBrowser("a page that cannot be made", () => {
  let server: RunningServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off" } });
    await addUser(server, "ada", PASSWORD);
    browser = await launchBrowser();
  });

  beforeEach(async () => {
    context = await openScreen(browser, screen);
    page = await openSignedIn(context, server.url, "ada");
  });

  afterEach(async () => {
    await context.close();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  function alter(statement: string) {
    const database = new Database(`${server.dataDir}/countersign.db`);
    database.exec(statement);
    database.close();
  }

  it("says so without a word of the cause, keeps its security headers, and comes back", async () => {
    await server.restart();
    alter("ALTER TABLE Session RENAME TO SessionAway");
    const response = await page.goto(server.url);
    expect(response?.status()).toBe(500);
    expect(response?.headers()["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(response?.headers()["x-content-type-options"]).toBe("nosniff");
    await page.getByRole("heading", { name: "Something went wrong" }).waitFor();
    expect(await page.content()).not.toMatch(/SELECT|no such table|Prisma|SessionAway|\.ts:\d/);
    await expectSound(page, screens[0] ?? { ...screen }, "the error page");
    alter("ALTER TABLE SessionAway RENAME TO Session");
    await page.getByRole("button", { name: "Try again" }).click();
    await waitForHome(page, "ada");
  });
});
