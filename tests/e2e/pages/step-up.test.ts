import { mkdirSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addAuthenticator } from "../../helpers/browser/authenticator";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { expectSound, openScreen, type Screen, screens } from "../../helpers/browser/screens";
import {
  openSecurity,
  openSignedIn,
  PASSWORD,
  submitSignIn,
  waitForHome,
} from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { watch } from "../../helpers/browser/watch";
import { addFurtherUser } from "../../helpers/process/further-user";
import { type RunningServer, startServer } from "../../helpers/process/server";
import { ageAuthentications, deletePasskeys } from "../../helpers/process/session-rows";

const FOLDER = "test-results/screens";
const LIST = "[aria-labelledby=passkeys-title] li";
const widths = [1280, 390];

describeInBrowser("the dialog that asks who the user is", () => {
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

  const dialogOf = (page: Page) => page.locator("dialog[open]");
  const saidIn = (page: Page, part: string | RegExp) =>
    dialogOf(page).getByRole("status").filter({ hasText: part }).waitFor();

  const isFocused = (page: Page, id: string) =>
    page.evaluate((wanted) => document.activeElement?.id === wanted, id);

  async function make(page: Page, count = 1): Promise<void> {
    await openSecurity(page);
    await page.locator("#make-passkey").click();
    await page
      .locator(LIST)
      .nth(count - 1)
      .waitFor();
  }

  async function newUser(): Promise<string> {
    users += 1;
    await addFurtherUser(server, `ada${users}`, PASSWORD);
    return `ada${users}`;
  }

  /** Somebody who signed in by passkey, an hour ago. */
  async function signedInByPasskey() {
    const username = await newUser();
    const context = await openProfile(browser);
    const page = await openSignedIn(context, server.url, username);
    const authenticator = await addAuthenticator(page);
    await make(page);
    await page.goto(server.url);
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.waitForURL("**/signed-out");
    // Chromium's virtual authenticators choose by themselves where there is an offer.
    await page.goto(`${server.url}/sign-in`);
    await waitForHome(page, username);
    await openSecurity(page);
    await ageAuthentications(server);
    return { context, page, authenticator, username };
  }

  it("takes a passkey for everything that asks, and no password is typed anywhere", async () => {
    const { context, page } = await signedInByPasskey();
    const calls = watch(context);
    const prove = async () => {
      await dialogOf(page).locator("#step-up-passkey").click();
      await dialogOf(page).waitFor({ state: "detached" });
    };
    await page.locator("#add-app").click();
    await prove();
    await page.locator("#app-secret").waitFor();
    await ageAuthentications(server);
    await page.locator("#make-passkey").click();
    await dialogOf(page).locator("#step-up-passkey").waitFor();
    await until("focused", () => isFocused(page, "step-up-passkey"));
    await prove();
    // It was let through: the authenticator has a key of this account already.
    await page.getByText("This device has a passkey for your account already.").waitFor();
    // Ten minutes are open now.
    await page
      .locator(LIST)
      .getByRole("button", { name: /^Delete / })
      .click();
    await page.getByRole("button", { name: "Delete it", exact: true }).click();
    await page.getByText("was deleted.", { exact: false }).first().waitFor();
    expect(calls.to("/api/trpc/auth.stepUp").map(({ body }) => body?.includes("credentials"))).toEqual([
      false,
      false,
    ]);
    await context.close();
  });

  it("stays when the passkey was not used, and takes the password instead", async () => {
    const { context, page, authenticator } = await signedInByPasskey();
    await page.locator("#add-app").click();
    await authenticator.verify(false);
    await dialogOf(page).locator("#step-up-passkey").click();
    await saidIn(page, "No passkey was used.");
    expect(await isFocused(page, "step-up-passkey")).toBe(true);
    await page.locator("#step-up-other-way").click();
    await until("focused", () => isFocused(page, "step-up-password"));
    await saidIn(page, /^$/);
    await page.locator("#step-up-password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.locator("#app-secret").waitFor();
    await context.close();
  });

  it("refuses the passkey of another account, and closing it asks the browser no longer", async () => {
    const { context, page, authenticator } = await signedInByPasskey();
    const other = await newUser();
    // The authenticator's only key is this account's; the session is somebody else's by now.
    await page.goto(server.url);
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.waitForURL("**/signed-out");
    await authenticator.answer(false);
    await page.goto(`${server.url}/sign-in`);
    await submitSignIn(page, other);
    await waitForHome(page, other);
    const usb = await addAuthenticator(page, { transport: "usb" });
    await authenticator.answer(false);
    await make(page);
    await usb.remove();
    await ageAuthentications(server);
    await authenticator.answer(true);
    await page.locator("#add-app").click();
    await dialogOf(page).locator("#step-up-passkey").click();
    await saidIn(page, "This passkey didn’t work.");
    await authenticator.answer(false);
    await dialogOf(page).locator("#step-up-passkey").click();
    await saidIn(page, "Waiting for your passkey…");
    await page.keyboard.press("Escape");
    await dialogOf(page).waitFor({ state: "detached" });
    await authenticator.answer(true);
    expect(await page.locator("#app-secret").count()).toBe(0);
    await context.close();
  });

  it.each(screens)("is sound to look at, in each of its states: $name", async (screen) => {
    const context = await openScreen(browser, screen);
    const page = await context.newPage();
    const authenticator = await addAuthenticator(page);
    // A browser that knows no signals goes on offering a passkey that is gone.
    await page.addInitScript(() =>
      Reflect.deleteProperty(PublicKeyCredential, "signalAllAcceptedCredentials"),
    );
    await authenticator.answer(false);
    await page.goto(`${server.url}/sign-in`);
    await submitSignIn(page, await newUser());
    await page.waitForURL(`${server.url}/`);
    await authenticator.answer(true);
    await make(page);
    await ageAuthentications(server);
    await page.locator("#add-app").click();
    await page.locator("#step-up-passkey").waitFor();
    await look(page, screen, "1 passkey");
    await authenticator.answer(false);
    await page.locator("#step-up-passkey").click();
    await page.locator("#step-up-passkey[aria-disabled=true]").waitFor();
    await look(page, screen, "2 waiting");
    await page.keyboard.press("Escape");
    await dialogOf(page).waitFor({ state: "detached" });
    await authenticator.verify(false);
    await authenticator.answer(true);
    await page.locator("#add-app").click();
    await page.locator("#step-up-passkey").click();
    await saidIn(page, /No passkey was used|没有使用通行密钥/);
    await look(page, screen, "3 not used");
    await authenticator.verify(true);
    deletePasskeys(server);
    await page.locator("#step-up-passkey").click();
    await saidIn(page, /isn’t used here any more|已不再用于/);
    await look(page, screen, "4 gone");
    await page.locator("#step-up-other-way").click();
    await look(page, screen, "5 password");
    await context.close();
  });

  async function look(page: Page, screen: Screen, state: string): Promise<void> {
    await expectSound(page, screen, state);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 });
      const name = `step-up ${state} ${screen.locale} ${screen.colorScheme} ${width}`;
      await page.screenshot({ path: `${FOLDER}/${name.replace(/\W+/g, "-")}.png` });
    }
    await page.setViewportSize({ ...screen.viewport });
  }
});
