import { mkdirSync, readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { expectSound, focusedId, openScreen, screens, statusOf } from "../../helpers/browser/screens";
import { openSignedIn, PASSWORD, submitSignIn, waitForHome } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
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

  it("leads to the pages of the account: another username, one's data as a file, and what happened", async () => {
    const username = await newUser();
    const context = await openProfile(browser);
    const page = await openSignedIn(context, server.url, username);
    await page.getByRole("link", { name: "Profile and data" }).click();
    await page.waitForURL("**/account");
    await page.getByRole("button", { name: "Change username" }).click();
    await page.getByLabel("New username").fill("ada1");
    await page.keyboard.press("Enter");
    await page.getByText("This name is already in use. Choose another.").waitFor();
    await page.getByLabel("New username").fill(`${username}.h`);
    await page.keyboard.press("Enter");
    await page.getByText(`Your username is ${username}.h now.`).waitFor();
    const [file] = await Promise.all([page.waitForEvent("download"), page.locator("#export-data").click()]);
    expect(file.suggestedFilename()).toMatch(/^countersign-ada\d+\.h-\d{4}-\d{2}-\d{2}\.json$/);
    const data = JSON.parse(readFileSync((await file.path()) ?? "", "utf8")) as { account: object[] };
    expect(data.account).toEqual([expect.objectContaining({ username: `${username}.h` })]);
    await page.getByRole("link", { name: "Activity" }).click();
    await page.getByText(`You changed the username from ${username} to ${username}.h.`).waitFor();
    await page.getByRole("link", { name: "Applications" }).click();
    await page.getByText("You are not signed in to any application.").waitFor();
    await context.close();
  });

  it("closes the account for a week, in which its owner signs in and keeps it", async () => {
    const username = await newUser();
    const context = await openProfile(browser);
    const page = await openSignedIn(context, server.url, username);
    const other = await context.newPage();
    await other.goto(server.url);
    await page.goto(`${server.url}/account`);
    await page.getByRole("button", { name: "Delete my account" }).click();
    await page.getByRole("button", { name: "Delete it", exact: true }).click();
    await page.waitForURL("**/account-closed");
    await page.getByRole("heading", { name: "Your account is closed" }).waitFor();
    await other.waitForURL(/\/(signed-out|sign-in|account-closed)/);
    await page.goto(`${server.url}/sign-in`);
    await submitSignIn(page, username);
    await page.getByRole("heading", { name: /^Your account will be deleted on / }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("deletion-title");
    await page.getByRole("button", { name: "Leave it as it is" }).click();
    await submitSignIn(page, username);
    await page.locator("#keep-account").click();
    await waitForHome(page, username);
    await context.close();
  });

  it.each(screens)("has pages of the account that are sound to look at: $name", async (screen) => {
    const username = await newUser();
    const context = await openScreen(browser, screen);
    const page = await context.newPage();
    await page.goto(`${server.url}/sign-in`);
    await submitSignIn(page, username);
    await page.waitForURL(`${server.url}/`);
    for (const name of ["", "/activity", "/applications"]) {
      await page.goto(`${server.url}/account${name}`);
      await page.locator("main h1").waitFor();
      await until("it is loaded", async () => (await statusOf(page)) === "");
      await expectSound(page, screen, `account${name}`);
      const file = `account${name.replace("/", "-")}-${screen.name.replace(/\W+/g, "-")}`;
      await page.screenshot({ path: `${FOLDER}/${file}.png`, fullPage: true });
    }
    await context.close();
  });
});
