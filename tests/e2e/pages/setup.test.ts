import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { focusedId } from "../../helpers/browser/screens";
import { PASSWORD, submitSignIn } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { type Watch, watch } from "../../helpers/browser/watch";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

const SETUP_PATH = "/api/auth/setup";

describeInBrowser("the set-up page", () => {
  let server: RunningServer;
  let browser: Browser;
  let profile: BrowserContext;
  let seen: Watch;
  let page: Page;

  beforeAll(async () => {
    browser = await launchBrowser();
  });

  beforeEach(async () => {
    server = await startServer();
    profile = await openProfile(browser);
    seen = watch(profile);
    page = await profile.newPage();
  });

  afterEach(async () => {
    expect(seen.messages.filter((message) => /Content Security Policy|uncaught/i.test(message))).toEqual([]);
    await profile.close();
    await server.dispose();
  });

  afterAll(async () => {
    await browser?.close();
  });

  function setupLink(): string {
    if (server.setupLink === null) throw new Error("The service printed no set-up link.");
    return server.setupLink;
  }

  async function fillIn(password: string, username = "ada") {
    await page.locator("#username").fill(username);
    await page.locator("#displayName").fill("Ada Lovelace");
    await page.locator("#password").fill(password);
    await page.locator("button[type=submit]:not([disabled])").click();
  }

  it("makes the owner and signs in, from the printed link to home", async () => {
    await page.goto(setupLink());
    await fillIn(PASSWORD);
    await page.getByRole("heading", { name: "Hello, Ada Lovelace" }).waitFor();
    await page.getByText("Signed in as ada", { exact: true }).waitFor();
    const stranger = await openProfile(browser);
    const tab = await stranger.newPage();
    await tab.goto(`${server.url}/sign-in`);
    await submitSignIn(tab, "ada");
    await tab.getByRole("heading", { name: "Hello, Ada Lovelace" }).waitFor();
    await stranger.close();
  });

  it("signs in after a lost answer, when it is sent again", async () => {
    await page.goto(setupLink());
    let isLost = false;
    await page.route(`**${SETUP_PATH}`, async (route) => {
      if (isLost || route.request().method() !== "POST") return route.continue();
      await route.fetch();
      isLost = true;
      return route.abort();
    });
    await fillIn(PASSWORD);
    await page.getByText("The service can’t be reached right now.").waitFor();
    await fillIn(PASSWORD);
    await page.getByRole("heading", { name: "Hello, Ada Lovelace" }).waitFor();
  });

  it("takes the secret out of the address bar and history, and sends it only to the set-up call", async () => {
    const secret = new URL(setupLink()).hash.slice(1);
    await page.goto(setupLink());
    await until("the secret is gone", () => !page.url().includes("#"));
    expect(await page.evaluate(() => document.documentElement.outerHTML)).not.toContain(secret);
    await fillIn(PASSWORD);
    await page.getByRole("heading", { name: "Hello, Ada Lovelace" }).waitFor();
    const carriers = seen.requests.filter(({ url, body }) => (url + (body ?? "")).includes(secret));
    expect(carriers.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      `POST ${SETUP_PATH}`,
    ]);
  });

  it("keeps the secret out of the address bar and history when the page changes its language", async () => {
    await page.goto(setupLink());
    await until("the secret is gone", () => !page.url().includes("#"));
    await page.getByRole("button", { name: "中文" }).click();
    await page.getByRole("button", { name: "English" }).waitFor();
    expect(page.url()).toBe(`${server.url}/setup`);
    await page.goto(`${server.url}/sign-in`);
    await page.goBack();
    await page.waitForURL(`${server.url}/setup`);
  });

  it("is what the sign-in page points to while there is no account, and only then", async () => {
    const hint = page.getByText("There is no account yet.");
    await page.goto(`${server.url}/sign-in`);
    expect(await hint.count()).toBe(1);
    await addUser(server, "ada", PASSWORD);
    await page.goto(`${server.url}/sign-in`);
    expect(await hint.count()).toBe(0);
  });

  it("shows the addresses that the server believes", async () => {
    await page.goto(setupLink());
    const facts = page.getByRole("region", { name: "What the server sees" });
    await until("the address", async () => /127\.0\.0\.1|::1/.test((await facts.textContent()) ?? ""));
    expect(await facts.textContent()).toContain(server.url);
    expect(await facts.textContent()).toContain("TRUST_PROXY");
  });

  it("warns when it was opened under another address than the public one", async () => {
    await server.restart({ env: { APP_URL: "https://accounts.example.com" } });
    await page.goto(`http://localhost:${server.env.PORT}/setup#${new URL(setupLink()).hash.slice(1)}`);
    const facts = page.getByRole("region", { name: "What the server sees" });
    await until("the warning", async () => ((await facts.textContent()) ?? "").includes("set APP_URL"));
    expect(await facts.textContent()).toContain("https://accounts.example.com");
  });

  it("measures length and nothing else, and keeps what was typed through every refusal", async () => {
    await page.goto(setupLink());
    const hint = page.locator("#password-hint");
    await page.locator("#password").fill("tulip");
    await until("the hint", async () => (await hint.textContent()) === "10 more characters to go.");
    await fillIn("tulip");
    expect(await page.locator("#password-error").textContent()).toBe("Use at least 15 characters.");
    expect(await focusedId(page)).toBe("password");
    expect(seen.to(SETUP_PATH).filter(({ method }) => method === "POST")).toEqual([]);

    await fillIn("passwordpassword");
    await until("refused", async () => (await page.locator("#password-error").count()) === 1);
    expect(await page.locator("#password-error").textContent()).toContain(
      "on lists that attackers try first",
    );
    expect(await focusedId(page)).toBe("password");
    expect(await page.locator("#password").inputValue()).toBe("passwordpassword");

    await fillIn(PASSWORD, "not a name");
    await until("refused", async () => (await page.locator("#username-error").count()) === 1);
    expect(await focusedId(page)).toBe("username");
    await fillIn(PASSWORD);
    await page.getByRole("heading", { name: "Hello, Ada Lovelace" }).waitFor();
  });

  it("explains a link that a restart has replaced", async () => {
    const old = setupLink();
    await server.restart();
    await page.goto(old);
    await fillIn(PASSWORD);
    await page.getByRole("heading", { name: "This set-up link doesn’t work" }).waitFor();
    expect(await page.locator("main").textContent()).toContain(
      "npm run -s countersign -- user add NAME --password-stdin",
    );
    await page.goto(setupLink());
    await page.locator("form").waitFor();
  });

  it("explains a link without its key, and that set-up is done", async () => {
    await page.goto(`${server.url}/setup`);
    await page.getByRole("heading", { name: "This set-up link is incomplete" }).waitFor();
    const link = setupLink();
    const other = await profile.newPage();
    await other.goto(link);
    // Only what comes after `#` changes: the page has to notice by itself.
    await page.goto(link);
    await page.locator("form").waitFor();
    await fillIn(PASSWORD);
    await page.getByRole("heading", { name: "Hello, Ada Lovelace" }).waitFor();
    page = other;
    await fillIn(PASSWORD, "eve");
    await page.getByRole("heading", { name: "Set-up is already done" }).waitFor();
    await page.goto(`${server.url}/setup`);
    await page.getByRole("heading", { name: "Set-up is already done" }).waitFor();
  });
});
