import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import en from "../../../src/app/i18n/messages/en.json";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { focusedId, statusOf } from "../../helpers/browser/screens";
import { PASSWORD, submitSignIn, waitForHome } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { type Watch, watch } from "../../helpers/browser/watch";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

const IMAGE_PATH = "/api/auth/captcha";

describeInBrowser("the check on the sign-in page", () => {
  let server: RunningServer;
  let browser: Browser;
  let profile: BrowserContext;
  let seen: Watch;
  let page: Page;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "always" } });
    await addUser(server, "ada", PASSWORD);
    browser = await launchBrowser();
  });

  beforeEach(async () => {
    profile = await openProfile(browser);
    seen = watch(profile);
    page = await profile.newPage();
    await page.goto(`${server.url}/sign-in`);
    await page.locator("#submit:not([disabled])").waitFor();
  });

  afterEach(async () => {
    expect(seen.messages.filter((message) => /Content Security Policy|uncaught/i.test(message))).toEqual([]);
    await profile.close();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  const picture = () => page.locator("form img");

  async function begin() {
    await page.locator("#username").fill("ada");
    await page.locator("#password").fill(PASSWORD);
    await picture().waitFor();
  }

  it("comes with the first typed letter and not before", async () => {
    await until("the ticket", () => seen.to("/api/auth/get_t").length > 0);
    expect(await page.locator("fieldset").count()).toBe(0);
    await page.locator("#username").pressSequentially("a");
    await picture().waitFor();
    expect(
      await picture().evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
    ).toBe(480);
    expect(await focusedId(page)).toBe("username");
  });

  it("keeps the password through a missing and a wrong answer, and shows another picture", async () => {
    await begin();
    await page.locator("#submit").click();
    await until("asked", async () => (await statusOf(page)).startsWith("Please type the characters"));
    expect(await focusedId(page)).toBe("characters");
    const before = await picture().getAttribute("src");
    await page.locator("#characters").fill("wrong");
    await page.locator("#submit").click();
    await until("refused", async () => (await statusOf(page)).startsWith("Those characters didn’t match."));
    expect(await picture().getAttribute("src")).not.toBe(before);
    expect(await page.locator("#characters").inputValue()).toBe("");
    expect(await focusedId(page)).toBe("characters");
    expect(await page.locator("#password").inputValue()).toBe(PASSWORD);
  });

  it("draws a new picture as often as one likes, beyond what one ticket allows", async () => {
    await begin();
    for (let round = 1; round <= 7; round += 1) {
      const before = await picture().getAttribute("src");
      await page.getByRole("button", { name: "New picture" }).click();
      await until("another picture", async () => {
        const image = picture();
        return (await image.count()) === 1 && (await image.getAttribute("src")) !== before;
      });
      expect(await focusedId(page)).toBe("characters");
    }
    expect(seen.to("/api/auth/get_t").length).toBe(2);
    expect(await page.locator("#password").inputValue()).toBe(PASSWORD);
  });

  it("is done by the device for those who cannot see it, with progress and a way back", async () => {
    await begin();
    await page.getByRole("button", { name: "I can’t see the picture" }).click();
    await page.getByRole("progressbar").waitFor();
    expect(await focusedId(page)).toBe("work");
    await until(
      "progress",
      async () => Number(await page.getByRole("progressbar").getAttribute("value")) > 0,
    );
    await page.getByRole("button", { name: "Cancel" }).click();
    await picture().waitFor();
    expect(await statusOf(page)).toBe("Check cancelled. Your password is still here.");

    await page.getByRole("button", { name: "I can’t see the picture" }).click();
    await until("the check is done", async () => (await statusOf(page)).startsWith("Check done."), 90_000);
    expect(await focusedId(page)).toBe("submit");
    await page.keyboard.press("Enter");
    await waitForHome(page, "ada");
  });

  it("left overnight it is fetched again with the next press, and name and password stay", async () => {
    await page.clock.install();
    await page.goto(`${server.url}/sign-in`);
    await begin();
    await page.locator("#characters").fill("ABCDE");
    const before = await picture().getAttribute("src");
    const requests = seen.to("/api/auth/get_t").length;
    await page.clock.fastForward("12:00:00");
    await page.locator("#submit").click();
    await until("said", async () => (await statusOf(page)) === en.signIn.ticketRenewed);
    await picture().waitFor();
    expect(await picture().getAttribute("src")).not.toBe(before);
    // The clock jumped, so the first proof after it may be refused as one of the future.
    const answers = seen.to("/api/auth/get_t").slice(requests);
    const statuses = await Promise.all(
      answers.map(async ({ request }) => (await request.response())?.status()),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(seen.to("/api/auth/login")).toEqual([]);
    expect(await page.locator("#username").inputValue()).toBe("ada");
    expect(await page.locator("#password").inputValue()).toBe(PASSWORD);
    expect(await page.locator("#characters").inputValue()).toBe("");
    expect(await focusedId(page)).toBe("characters");
    await page.getByRole("button", { name: "I can’t see the picture" }).click();
    await until("the check is done", async () => (await statusOf(page)).startsWith("Check done."), 90_000);
    await page.keyboard.press("Enter");
    await waitForHome(page, "ada");
  });

  it("says so when the picture does not load, and loads it when asked again", async () => {
    await page.route(`**${IMAGE_PATH}?*`, (route) => route.abort(), { times: 1 });
    await page.locator("#username").pressSequentially("ada");
    await page.getByText("The picture didn’t load.").waitFor();
    await page.getByRole("button", { name: "New picture" }).click();
    await picture().waitFor();
  });
});

describeInBrowser("the ladder of checks", () => {
  it("asks nothing visible of a new device, and a picture after wrong passwords", async () => {
    const server = await startServer();
    const browser = await launchBrowser();
    try {
      await addUser(server, "ada", PASSWORD);
      const profile = await openProfile(browser);
      const page = await profile.newPage();
      const seen = watch(profile);
      await page.goto(`${server.url}/sign-in`);
      for (let wrong = 1; wrong <= 3; wrong += 1) {
        await submitSignIn(page, "ada", `not the right one ${wrong}`);
        await until("the answer", () => seen.to("/api/auth/login").length >= wrong);
        await until("ready again", async () => (await page.locator("#submit").textContent()) === "Sign in");
        await page.locator("#password").fill("");
        expect(await page.locator("fieldset").count()).toBe(0);
      }
      await submitSignIn(page, "ada");
      await page.locator("form img").waitFor();
      await until("told why", async () => (await statusOf(page)).startsWith("Please type the characters"));
      expect(await page.locator("#password").inputValue()).toBe(PASSWORD);
    } finally {
      await browser.close();
      await server.dispose();
    }
  });
});
