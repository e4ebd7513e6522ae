import { mkdirSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { expectSound, focusedId, openScreen, screens } from "../../helpers/browser/screens";
import { openSignedIn, PASSWORD } from "../../helpers/browser/sign-in";
import { addFurtherUser } from "../../helpers/process/further-user";
import { type RunningServer, startServer } from "../../helpers/process/server";

const FOLDER = "test-results/screens";

describeInBrowser("the display name at home", () => {
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

  async function newUser(): Promise<string> {
    users += 1;
    await addFurtherUser(server, `ada${users}`, PASSWORD);
    return `ada${users}`;
  }

  it("is changed, and another browser's page greets by it without being touched", async () => {
    const username = await newUser();
    const [here, there] = [await openProfile(browser), await openProfile(browser)];
    const page = await openSignedIn(here, server.url, username);
    const other = await openSignedIn(there, server.url, username);
    await page.getByRole("button", { name: "Change name" }).click();
    expect(await focusedId(page)).toBe("display-name");
    await page.keyboard.type("Ada Lovelace");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Hello, Ada Lovelace" }).waitFor();
    await page.getByText(`Signed in as ${username}`).waitFor();
    await page.getByText("Your name was changed.").waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Change name");
    await other.getByRole("heading", { name: "Hello, Ada Lovelace" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Hello, Ada Lovelace" }).waitFor();
    await here.close();
    await there.close();
  });

  it("that cannot be shown is refused at its field; Escape takes the form back, and the name stays", async () => {
    const username = await newUser();
    const context = await openProfile(browser);
    const page = await openSignedIn(context, server.url, username);
    await page.getByRole("button", { name: "Change name" }).click();
    await page.locator("#display-name").fill("   ");
    await page.keyboard.press("Enter");
    await page.locator("#display-name-error").waitFor();
    expect(await focusedId(page)).toBe("display-name");
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: `Hello, ${username}`, exact: true }).waitFor();
    expect(await page.locator("#display-name").count()).toBe(0);
    await context.close();
  });

  it.each(screens)("is sound to look at: $name", async (screen) => {
    const username = await newUser();
    const context = await openScreen(browser, screen);
    const page = await context.newPage();
    await page.goto(`${server.url}/sign-in`);
    await page.locator("#username").fill(username);
    await page.locator("#password").fill(PASSWORD);
    await page.locator("#submit:not([disabled])").click();
    await page.waitForURL(`${server.url}/`);
    await page.locator("[aria-labelledby=sessions-title] li").first().waitFor();
    await page.locator("h1 ~ div button").click();
    await page.locator("#display-name").fill("");
    await page.keyboard.press("Enter");
    await page.locator("#display-name-error").waitFor();
    await expectSound(page, screen, "a name that cannot be");
    await page.screenshot({ path: `${FOLDER}/display-name-${screen.name.replace(/\W+/g, "-")}.png` });
    await context.close();
  });
});
