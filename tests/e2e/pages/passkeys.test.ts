import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addAuthenticator, type VirtualAuthenticator } from "../../helpers/browser/authenticator";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { statusOf } from "../../helpers/browser/screens";
import {
  openSecurity,
  openSignedIn,
  PASSWORD,
  signIn,
  submitSignIn,
  waitForHome,
} from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { addFurtherUser } from "../../helpers/process/further-user";
import { type RunningServer, startServer } from "../../helpers/process/server";
import { AuthenticatorApp } from "../../helpers/second-factor/app";

const clock = { now: () => new Date(), advance: () => {} };
const LIST = "[aria-labelledby=passkeys-title]";
/** At home: what the account has. */
const WAYS = "[aria-labelledby=ways-in-title]";

describeInBrowser("passkeys", () => {
  let server: RunningServer;
  let browser: Browser;
  let users = 0;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off" } });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  async function signedIn(context: BrowserContext, kind: Parameters<typeof addAuthenticator>[1] = {}) {
    users += 1;
    const username = `ada${users}`;
    await addFurtherUser(server, username, PASSWORD);
    const page = await openSignedIn(context, server.url, username);
    return { username, page, authenticator: await addAuthenticator(page, kind) };
  }

  async function make(page: Page): Promise<void> {
    await openSecurity(page);
    await page.locator("#make-passkey").click();
    await page.getByText("was added to your passkeys.").waitFor();
  }

  async function deleteOne(page: Page): Promise<void> {
    await openSecurity(page);
    await page
      .locator(LIST)
      .getByRole("button", { name: /^Delete / })
      .first()
      .click();
    await page.getByRole("button", { name: "Delete it", exact: true }).click();
    await page.getByText("was deleted.", { exact: false }).first().waitFor();
    await page.getByText("No passkey yet.").waitFor();
  }

  /**
   * Until the page lets the browser offer passkeys. Nobody has chosen one: the authenticator is touched only when a
   * dialog asks for it, so that the offer stays open however long it takes to get there.
   */
  async function openSignIn(
    page: Page,
    authenticator?: VirtualAuthenticator,
    isTouched = true,
  ): Promise<void> {
    await authenticator?.answer(false);
    await page.exposeFunction("beforeDialog", () => authenticator?.answer(isTouched));
    await page.addInitScript(() => {
      const { credentials } = navigator;
      const get = credentials.get.bind(credentials);
      credentials.get = async (options) => {
        const { beforeDialog } = window as unknown as { beforeDialog(): Promise<void> };
        Object.assign(window, { mediation: options?.mediation });
        if (options?.mediation !== "conditional") await beforeDialog();
        return get(options);
      };
    });
    await page.goto(`${server.url}/sign-in`);
    await until("an offer", async () => (await page.evaluate("window.mediation")) === "conditional");
  }

  const signOut = async (page: Page) => {
    await page.goto(server.url);
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.waitForURL("**/signed-out");
  };

  /** Someone with a passkey, at the sign-in page. */
  async function atSignIn(context: BrowserContext, isTouched = true) {
    const person = await signedIn(context);
    await make(person.page);
    await signOut(person.page);
    await openSignIn(person.page, person.authenticator, isTouched);
    return person;
  }

  it.each(["internal", "usb", "hybrid"] as const)(
    "are made under Security with an authenticator (%s), and sign in by the button, without a name or a password",
    async (transport) => {
      const context = await openProfile(browser);
      const { username, page, authenticator } = await signedIn(context, { transport });
      await make(page);
      await page.locator(`${LIST} li`).getByText("Not used yet").waitFor();
      await signOut(page);
      // Chromium offers in the field what the device itself keeps; the button asks for all kinds.
      if (transport === "internal") await openSignIn(page, authenticator);
      else await page.goto(`${server.url}/sign-in`);
      await page.locator("#use-passkey:not([disabled])").click();
      await waitForHome(page, username);
      await page.getByText("with passkey").waitFor();
      await openSecurity(page);
      await page.locator(`${LIST} li`).getByText("Last used").waitFor();
      await context.close();
    },
  );

  it("are offered in the field of the name, and sign in from there", async () => {
    const context = await openProfile(browser);
    const { username, page, authenticator } = await atSignIn(context);
    expect(await page.locator("#username").getAttribute("autocomplete")).toBe("username webauthn");
    await authenticator.answer(true);
    // Chromium's virtual authenticators choose by themselves where there is an offer.
    await page.reload();
    await waitForHome(page, username);
    await page.getByText("with passkey").waitFor();
    await context.close();
  });

  it("that are not there in the end leave the form as it was, and the password signs in", async () => {
    const context = await openProfile(browser);
    const { username, page, authenticator } = await atSignIn(context);
    await authenticator.verify(false);
    await page.locator("#username").fill(username);
    await page.locator("#password").fill(PASSWORD);
    await page.locator("#use-passkey").click();
    await page.getByText("No passkey was used. What you typed is still here.").waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("use-passkey");
    expect(await page.locator("#password").inputValue()).toBe(PASSWORD);
    await page.locator("#submit").click();
    await waitForHome(page, username);
    await context.close();
  });

  it("are waited for with our code out of sight: the browser may show one of its own", async () => {
    const context = await openProfile(browser);
    const { page } = await atSignIn(context, false);
    expect(await page.locator("#qr-title").isVisible()).toBe(true);
    await page.locator("#use-passkey").click();
    await page.getByRole("button", { name: "Waiting for your passkey…" }).waitFor();
    expect(await statusOf(page)).toBe("Waiting for your passkey…");
    expect(await page.locator("#qr-title").isVisible()).toBe(false);
    await context.close();
  });

  it("that are deleted are forgotten by the browser at once", async () => {
    const context = await openProfile(browser);
    const { page, authenticator } = await signedIn(context);
    await make(page);
    expect(await authenticator.keys()).toHaveLength(1);
    await deleteOne(page);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("passkeys-title");
    await expect.poll(async () => (await authenticator.keys()).length).toBe(0);
    await context.close();
  });

  it("that were deleted elsewhere are refused, the browser forgets them, and the password still works", async () => {
    const context = await openProfile(browser);
    const { username, page, authenticator } = await atSignIn(context);
    const elsewhere = await openProfile(browser);
    await deleteOne(await openSignedIn(elsewhere, server.url, username));
    await elsewhere.close();
    await page.locator("#use-passkey").click();
    await page.getByText("This passkey isn’t used here any more.").waitFor();
    await expect.poll(async () => (await authenticator.keys()).length).toBe(0);
    await submitSignIn(page, username);
    await waitForHome(page, username);
    await context.close();
  });

  it("are announced on the account's other open devices as they are made and deleted", async () => {
    const context = await openProfile(browser);
    const { username, page } = await signedIn(context);
    const elsewhere = await openProfile(browser);
    const other = await openSignedIn(elsewhere, server.url, username);
    await make(page);
    await other.getByText("A passkey was added (").waitFor();
    await other.getByText("With a passkey").waitFor();
    await deleteOne(page);
    await other.getByText("A passkey was deleted (").waitFor();
    await page.goto(server.url);
    await waitForHome(page, username);
    expect(await page.getByText("A passkey was added (").count()).toBe(0);
    await Promise.all([context.close(), elsewhere.close()]);
  });

  it("are not made by an authenticator that cannot check who holds it", async () => {
    const context = await openProfile(browser);
    const { page, authenticator } = await signedIn(context, { transport: "usb", canVerify: false });
    await openSecurity(page);
    await page.locator("#make-passkey").click();
    await until("an answer", async () => (await statusOf(page)) !== "");
    expect(await statusOf(page)).toMatch(/^No passkey was made|^The passkey couldn’t be made/);
    expect(await authenticator.keys()).toEqual([]);
    await page.getByText("No passkey yet.").waitFor();
    await context.close();
  });

  it("are made once for each device: a second try says so", async () => {
    const context = await openProfile(browser);
    const { page } = await signedIn(context);
    await make(page);
    await page.locator("#make-passkey").click();
    await page.getByText("This device has a passkey for your account already.").waitFor();
    expect(await page.locator(`${LIST} li`).count()).toBe(1);
    await context.close();
  });

  it("get the name that their owner gives them", async () => {
    const context = await openProfile(browser);
    const { page } = await signedIn(context);
    await make(page);
    const item = page.locator(`${LIST} li`);
    await item.getByRole("button", { name: /^Rename / }).click();
    await page.locator("#passkey-name").fill(" ");
    await page.keyboard.press("Enter");
    await page.getByText("Use 1 to 64 characters.").waitFor();
    await page.locator("#passkey-name").fill("Key on the hook");
    await page.keyboard.press("Enter");
    await page.getByText("It is called Key on the hook now.").waitFor();
    await item.getByRole("heading", { name: "Key on the hook" }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe(
      "Rename Key on the hook",
    );
    await context.close();
  });

  describe("offered after a sign-in by password", () => {
    const OFFER = "#passkey-offer";

    /** At home after the password, with an authenticator that was there before. */
    async function atHome(context: BrowserContext, kind?: Parameters<typeof addAuthenticator>[1]) {
      users += 1;
      const username = `ada${users}`;
      await addFurtherUser(server, username, PASSWORD);
      const page = await context.newPage();
      const authenticator = await addAuthenticator(page, kind);
      const signInHere = async () => {
        await authenticator.answer(false);
        await signIn(page, server.url, username);
        await authenticator.answer(true);
        await page.locator(WAYS).waitFor();
      };
      await signInHere();
      /** @returns how many offers there are after the next sign-in by password */
      const offersNextTime = async () => {
        await signOut(page);
        await signInHere();
        return page.locator(OFFER).count();
      };
      return { page, authenticator, offersNextTime };
    }

    it("are made there and then, and the reader goes on at the ways in", async () => {
      const context = await openProfile(browser);
      const { page, authenticator } = await atHome(context);
      await page.locator("#take-passkey-offer").click();
      await page.getByText("was added to your passkeys.").waitFor();
      expect(await page.locator(OFFER).count()).toBe(0);
      expect(await page.evaluate(() => document.activeElement?.id)).toBe("ways-in-title");
      await page.locator(WAYS).getByText("With a passkey").waitFor();
      expect(await authenticator.keys()).toHaveLength(1);
      await context.close();
    });

    it("and refused, are not offered again to that account in that browser", async () => {
      const context = await openProfile(browser);
      const { page, offersNextTime } = await atHome(context);
      await page.locator("#put-passkey-offer-away").click();
      await page.getByText("You can make one at any time: go to Security.").waitFor();
      expect(await page.locator(OFFER).count()).toBe(0);
      await page.reload();
      await page.locator(WAYS).waitFor();
      expect(await page.locator(OFFER).count()).toBe(0);
      expect(await offersNextTime()).toBe(0);
      await context.close();
    });

    it("stay on offer for that session only: the next sign-in says nothing of it", async () => {
      const context = await openProfile(browser);
      const { page, offersNextTime } = await atHome(context);
      await page.locator(OFFER).waitFor();
      await page.reload();
      await page.locator(OFFER).waitFor();
      expect(await offersNextTime()).toBe(0);
      await context.close();
    });

    it("are not offered where the device itself could keep none", async () => {
      const context = await openProfile(browser);
      const { page } = await atHome(context, { transport: "usb" });
      expect(await page.locator(OFFER).count()).toBe(0);
      await context.close();
    });
  });

  it("show their owner's name as it is now, after it was changed", async () => {
    const context = await openProfile(browser);
    const { username, page, authenticator } = await signedIn(context);
    await make(page);
    expect(await authenticator.keys()).toEqual([expect.objectContaining({ userDisplayName: username })]);
    await page.goto(server.url);
    await page.getByRole("button", { name: "Change name" }).click();
    await page.getByLabel("Display name").fill("Ada Lovelace");
    await page.keyboard.press("Enter");
    await page.getByText("Your name was changed.").waitFor();
    await expect
      .poll(async () => (await authenticator.keys()).map(({ userDisplayName }) => userDisplayName))
      .toEqual(["Ada Lovelace"]);
    await context.close();
  });

  it("complete a sign-in by password in the place of the app's code", async () => {
    const context = await openProfile(browser);
    const { username, page, authenticator } = await signedIn(context);
    await make(page);
    await page.locator("#add-app").click();
    const secret = ((await page.locator("#app-secret").textContent()) ?? "").replaceAll(" ", "");
    await page.locator("#app-code").fill(new AuthenticatorApp(secret, clock).code());
    await page.keyboard.press("Enter");
    await page.locator("#codes-kept").click();
    await signOut(page);
    await openSignIn(page, authenticator);
    await submitSignIn(page, username);
    const step = page.locator("[data-second-step]");
    await step.locator("#use-passkey").click();
    await authenticator.verify(false);
    await step.locator("#second-passkey").click();
    await page.getByText("No passkey was used.", { exact: false }).waitFor();
    await authenticator.verify(true);
    await step.locator("#second-passkey:not([aria-disabled=true])").click();
    await waitForHome(page, username);
    // The password opened it; the passkey was its second step.
    await page.getByText("with password").waitFor();
    await context.close();
  });

  it("that sign in one tab sign in the other too", async () => {
    const context = await openProfile(browser);
    const { username, page } = await atSignIn(context);
    const other = await context.newPage();
    await openSignIn(other);
    await page.bringToFront();
    await page.locator("#use-passkey").click();
    await waitForHome(page, username);
    await waitForHome(other, username);
    await context.close();
  });
});
