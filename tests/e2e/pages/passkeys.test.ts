import { mkdirSync } from "node:fs";
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { expectSound, openScreen, screens } from "../../helpers/browser/screens";
import { openSignedIn, PASSWORD } from "../../helpers/browser/sign-in";
import { addFurtherUser } from "../../helpers/process/further-user";
import { type RunningServer, startServer } from "../../helpers/process/server";

const FOLDER = "test-results/screens";

interface VirtualAuthenticator {
  readonly session: CDPSession;
  readonly authenticatorId: string;
}

/** An authenticator of Chromium's own: it knows nothing of us. */
async function addAuthenticator(page: Page): Promise<VirtualAuthenticator> {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { session, authenticatorId };
}

describeInBrowser("passkeys", () => {
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

  async function signedIn(context: BrowserContext) {
    users += 1;
    const username = `ada${users}`;
    await addFurtherUser(server, username, PASSWORD);
    const page = await openSignedIn(context, server.url, username);
    return { username, page, authenticator: await addAuthenticator(page) };
  }

  async function make(page: Page): Promise<void> {
    await page.getByRole("button", { name: "Make a passkey" }).click();
    await page.getByText("was added to your passkeys.").waitFor();
  }

  const signOut = async (page: Page) => {
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.waitForURL("**/signed-out");
  };

  it("are made at home, and sign in by the button, without a name or a password", async () => {
    const context = await openProfile(browser);
    const { username, page } = await signedIn(context);
    await make(page);
    await page.locator("[aria-labelledby=passkeys-title] li").getByText("Not used yet").waitFor();
    await signOut(page);
    await page.goto(`${server.url}/sign-in`);
    await page.locator("#use-passkey:not([disabled])").click();
    await page.waitForURL(`${server.url}/`);
    await page.getByRole("heading", { name: `Hello, ${username}` }).waitFor();
    await page.getByText("with passkey").waitFor();
    await context.close();
  });

  it("that were deleted are refused, the browser forgets them, and the password still works", async () => {
    const context = await openProfile(browser);
    const { username, page, authenticator } = await signedIn(context);
    await make(page);
    await page
      .locator("[aria-labelledby=passkeys-title]")
      .getByRole("button", { name: /^Delete / })
      .click();
    await page.getByRole("button", { name: "Delete it" }).click();
    await page.getByText("was deleted.").waitFor();
    await page.getByText("No passkey yet.").waitFor();
    await signOut(page);
    await page.goto(`${server.url}/sign-in`);
    await page.locator("#use-passkey:not([disabled])").click();
    await page.getByText("This passkey isn’t used here any more.").waitFor();
    const { session, authenticatorId } = authenticator;
    await expect
      .poll(
        async () => (await session.send("WebAuthn.getCredentials", { authenticatorId })).credentials.length,
      )
      .toBe(0);
    await page.locator("#username").fill(username);
    await page.locator("#password").fill(PASSWORD);
    await page.locator("#submit:not([disabled])").click();
    await page.waitForURL(`${server.url}/`);
    await context.close();
  });

  it("that are refused by the person leave the form as it was", async () => {
    const context = await openProfile(browser);
    const { page, authenticator } = await signedIn(context);
    await make(page);
    await signOut(page);
    const { session, authenticatorId } = authenticator;
    await session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
    await page.goto(`${server.url}/sign-in`);
    await page.locator("#username").fill("somebody");
    await page.locator("#use-passkey:not([disabled])").click();
    await page.getByText("No passkey was used. What you typed is still here.").waitFor();
    expect(await page.locator("#username").inputValue()).toBe("somebody");
    await context.close();
  });

  it.each(screens)("are sound to look at: $name", async (screen) => {
    const context = await openScreen(browser, screen);
    users += 1;
    await addFurtherUser(server, `ada${users}`, PASSWORD);
    const page = await context.newPage();
    await page.goto(`${server.url}/sign-in`);
    await page.locator("#use-passkey:not([disabled])").waitFor();
    const file = (what: string) => `${FOLDER}/passkeys-${what}-${screen.name.replace(/\W+/g, "-")}.png`;
    await expectSound(page, screen, "the sign-in page");
    await page.screenshot({ path: file("sign-in"), fullPage: true });
    await page.locator("#username").fill(`ada${users}`);
    await page.locator("#password").fill(PASSWORD);
    await page.locator("#submit:not([disabled])").click();
    await page.waitForURL(`${server.url}/`);
    await addAuthenticator(page);
    await page.locator("#make-passkey").waitFor();
    await expectSound(page, screen, "no passkey yet");
    await page.screenshot({ path: file("none"), fullPage: true });
    await page.locator("#make-passkey").click();
    await page.locator("[aria-labelledby=passkeys-title] li").waitFor();
    await expectSound(page, screen, "one passkey");
    await page.screenshot({ path: file("one"), fullPage: true });
    await context.close();
  });
});
