import Database from "better-sqlite3";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { QrCreateOutput } from "../../../src/contract/qr";
import { type ApiPhone, signInApiPhone } from "../../helpers/browser/api-phone";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { waitingComputer } from "../../helpers/browser/computer";
import { paintCamera, showCode } from "../../helpers/browser/painted-camera";
import { approve, openPhone, PHONE_ADDRESS } from "../../helpers/browser/phone";
import { statusOf } from "../../helpers/browser/screens";
import { openSignedIn, PASSWORD, submitSignIn, waitForHome } from "../../helpers/browser/sign-in";
import { type TranslationStart, translate, wrappedTexts } from "../../helpers/browser/translator";
import { until } from "../../helpers/browser/until";
import {
  collectCodes,
  nthCode,
  openWaiting,
  qrPanel,
  waitForQrState,
} from "../../helpers/browser/waiting-page";
import { type Watch, watch } from "../../helpers/browser/watch";
import { addFurtherUser } from "../../helpers/process/further-user";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

const starts: readonly TranslationStart[] = ["after load", "from the first byte"];

/** A translation takes out the texts that React has made. Nothing here may die of it, or go on showing what is no longer so. */
describeInBrowser("a page whose texts a translation wraps", () => {
  let strict: RunningServer;
  let server: RunningServer;
  let browser: Browser;
  let users = 0;
  let seen: Watch;

  beforeAll(async () => {
    [strict, server] = await Promise.all([
      startServer({ env: { CAPTCHA: "always" } }),
      startServer({ env: { CAPTCHA: "off", TRUST_PROXY: "1" } }),
    ]);
    await addUser(strict, "ada", PASSWORD);
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all([strict, server].map((each) => each?.dispose()));
  });

  describe.each(starts)("%s", (start) => {
    afterEach(async () => {
      expect(seen.messages.filter((message) => /Content Security Policy|uncaught/i.test(message))).toEqual(
        [],
      );
      for (const context of browser.contexts()) await context.close();
    });

    async function newUser(): Promise<string> {
      users += 1;
      const username = `ada${users}`;
      await addFurtherUser(server, username, PASSWORD);
      return username;
    }

    async function translated(context: BrowserContext): Promise<BrowserContext> {
      seen = watch(context);
      await translate(context, start);
      return context;
    }

    async function computer(): Promise<BrowserContext> {
      const profile = await translated(await openProfile(browser));
      await profile.setExtraHTTPHeaders({ "x-forwarded-for": PHONE_ADDRESS });
      return profile;
    }

    /** Texts were taken out, and the page is still of this title. */
    async function expectAlive(page: Page): Promise<void> {
      await until("texts are wrapped", async () => (await wrappedTexts(page)) > 0);
      expect(await page.getByRole("heading", { name: "Something went wrong" }).count()).toBe(0);
      expect(await page.getByText("This page couldn’t load").count()).toBe(0);
    }

    const said = (page: Page, words: string) =>
      // The device's own work may take a minute.
      until(words, async () => (await statusOf(page)).startsWith(words), 60_000);

    it("takes two wrong passwords and a right one, and keeps the name", async () => {
      const username = await newUser();
      const page = await (await computer()).newPage();
      await page.goto(`${server.url}/sign-in`);
      for (const password of ["wrong one", "wrong two"]) {
        await submitSignIn(page, username, password);
        await said(page, "Username or password is incorrect.");
        expect(await page.locator("#username").inputValue()).toBe(username);
      }
      await page.locator("#password").fill("");
      await page.locator("#submit").click();
      await page.locator("#password-error").waitFor();
      await expectAlive(page);
      await submitSignIn(page, username);
      await waitForHome(page, username);
    });

    it("goes through the picture, a wrong answer, another picture and the device's own work", async () => {
      const page = await (await translated(await openProfile(browser))).newPage();
      await page.goto(`${strict.url}/sign-in`);
      await page.locator("#submit:not([disabled])").waitFor();
      await page.locator("#username").fill("ada");
      await page.locator("#password").fill(PASSWORD);
      await page.locator("form img").waitFor();
      await page.locator("#submit").click();
      await said(page, "Please type the characters");
      await page.locator("#characters").fill("wrong");
      await page.locator("#submit").click();
      await said(page, "Those characters didn’t match.");
      await page.getByRole("button", { name: "New picture" }).click();
      await said(page, "Here is a new picture.");
      await page.getByRole("button", { name: "I can’t see the picture" }).click();
      await page.getByRole("progressbar").waitFor();
      await expectAlive(page);
      // The work is the same whenever the translation began, and takes a core for seconds.
      if (start === "from the first byte") {
        await page.getByRole("button", { name: "Cancel" }).click();
        return said(page, "Check cancelled.");
      }
      await said(page, "Check done.");
      await expectAlive(page);
      await page.locator("#submit").click();
      await waitForHome(page, "ada");
    });

    it("shows each state of the QR code, one after the other", async () => {
      const username = await newUser();
      const phone: ApiPhone = await signInApiPhone(server.url, username, PASSWORD);
      const profile = await computer();
      const codes = collectCodes(profile);
      const page = await profile.newPage();
      await openWaiting(page, `${server.url}/sign-in`);
      const panel = qrPanel(page);
      await panel.getByRole("button", { name: /Use a code/ }).click();
      await until("the letters", async () => /[A-Z]{4}-[A-Z]{4}/.test((await panel.textContent()) ?? ""));
      await panel.getByRole("button", { name: "Show the QR code" }).click();
      const scan = async ({ qr_id }: QrCreateOutput) => {
        const scanned = await phone.scan({ qr_id }, PHONE_ADDRESS);
        await waitForQrState(page, "scanned");
        await panel.getByRole("heading", { name: /A.* has scanned it/ }).waitFor();
        return scanned;
      };
      await scan(await nthCode(codes, 1));
      await panel.getByRole("button", { name: "Cancel" }).click();
      await waitForQrState(page, "cancelled");
      await panel.getByRole("button", { name: "Show a new code" }).click();
      await waitForQrState(page, "waiting");
      await phone.deny(await scan(await nthCode(codes, 2)));
      await waitForQrState(page, "denied");
      await profile.setOffline(true);
      await profile.setOffline(false);
      await panel.getByRole("button").click();
      await waitForQrState(page, "waiting");
      await expectAlive(page);
      await phone.confirm(await scan(await nthCode(codes, 3)));
      await waitForHome(page, username);
    });

    it("revokes, dismisses and signs out at home", async () => {
      const username = await newUser();
      for (const _ of [1, 2, 3]) await signInApiPhone(server.url, username, PASSWORD);
      const page = await openSignedIn(await computer(), server.url, username);
      const rows = page.locator("[aria-labelledby=sessions-title] li");
      await until("four sessions", async () => (await rows.count()) === 4);
      await rows
        .nth(1)
        .getByRole("button", { name: /^Revoke/ })
        .click();
      await page.getByRole("button", { name: "Keep" }).click();
      await rows
        .nth(1)
        .getByRole("button", { name: /^Revoke/ })
        .click();
      await page.getByRole("button", { name: "Sign it out", exact: true }).last().click();
      await until("three sessions", async () => (await rows.count()) === 3);
      await page.getByRole("button", { name: "Sign out all others" }).click();
      await page.getByRole("button", { name: "Sign them out" }).click();
      await page.getByText("You’re not signed in anywhere else.").waitFor();
      await said(page, "2 other devices were signed out.");
      await expectAlive(page);
      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      await page.waitForURL(/signed-out/);
      await page.getByRole("heading", { name: "You’re signed out." }).waitFor();
    });

    it("changes the password after every mistake that can be made", async () => {
      const username = await newUser();
      const page = await openSignedIn(await computer(), server.url, username);
      await page.getByRole("link", { name: "Security" }).click();
      await page.getByRole("link", { name: "Change password" }).click();
      const send = async (old: string, next: string) => {
        await page.locator("#oldPassword").fill(old);
        await page.locator("#newPassword").fill(next);
        await page.locator("button[type=submit]:not([disabled])").click();
      };
      await send("", "");
      await page.getByText("Enter a new password.").waitFor();
      await send(PASSWORD, "short");
      await send("not the old one", "a new pass phrase of mine");
      await page.getByText("The current password is incorrect.").waitFor();
      await page.getByText("Long enough.").waitFor();
      await expectAlive(page);
      await send(PASSWORD, "a new pass phrase of mine");
      await page.getByRole("heading", { name: "Password changed" }).waitFor();
    });

    it("scans, approves, undoes, denies, and says why a code is over", async () => {
      const username = await newUser();
      const phone = await translated(await openPhone(browser));
      await paintCamera(phone);
      const page = await openSignedIn(phone, server.url, username);
      await page.goto(`${server.url}/scan`);
      await page.locator("[data-state=running]").waitFor();
      await page.locator("form button[type=submit]:not([disabled])").click();
      await page.getByText("Enter the code.").waitFor();
      await page.locator("#user-code").fill("BCDF-GHJK");
      await page.locator("form button[type=submit]").click();
      await page.getByText("This code isn’t known").waitFor();
      await showCode(page, "https://poster.example/");
      await said(page, "That’s not a sign-in code");
      const first = await waitingComputer(server.url, { forwardedFor: PHONE_ADDRESS });
      await showCode(page, first.link);
      await approve(page);
      await page.getByRole("heading", { name: "Approved" }).waitFor();
      await first.redeem();
      await page.locator("#undo").click();
      await page.getByRole("heading", { name: "Undone" }).waitFor();
      await expectAlive(page);

      // Far away: the six digits first.
      const second = await waitingComputer(server.url, { forwardedFor: "203.0.113.9" });
      await page.goto(second.link);
      await page.locator("#match-code").waitFor();
      const digits = (await page.locator("#match-code [aria-hidden]").allTextContents()).join("");
      await second.enterCode(digits);
      await page.locator("#match-state").getByText("The digits were typed.").waitFor();
      await page.locator("#deny").click();
      await page.getByRole("heading", { name: "Declined" }).waitFor();

      const third = await waitingComputer(server.url, { forwardedFor: PHONE_ADDRESS });
      await page.goto(third.link);
      await page.locator("#approve").waitFor();
      await third.cancel();
      await page.getByRole("heading", { name: "Cancelled" }).waitFor();
    });

    it("changes its language on every page, status lines and all, and changes it back", async () => {
      const username = await newUser();
      const page = await (await computer()).newPage();
      await page.goto(`${server.url}/sign-in`);
      await submitSignIn(page, username, "wrong");
      await said(page, "Username or password is incorrect.");
      const turn = async (name: string, heading: string) => {
        await page.getByRole("button", { name }).click();
        await page.getByRole("heading", { name: heading }).first().waitFor();
      };
      await turn("中文", "登录");
      await said(page, "账号或密码不正确");
      await turn("English", "Sign in");
      await said(page, "Username or password is incorrect.");
      await submitSignIn(page, username);
      await waitForHome(page, username);
      for (const [path, chinese, english] of [
        ["/", "你好", "Hello"],
        ["/account/security", "安全", "Security"],
        ["/password", "修改密码", "Change password"],
        ["/scan", "扫码", "Scan a code"],
        ["/nowhere", "页面不存在", "Page not found"],
        ["/setup", "设置已完成", "Set-up is already done"],
      ] as const) {
        await page.goto(server.url + path);
        await page.getByRole("heading", { name: english }).first().waitFor();
        await turn("中文", chinese);
        await turn("English", english);
        await expectAlive(page);
      }
    });

    it("makes the first account after two refused tries", async () => {
      const fresh = await startServer();
      onTestFinished(() => fresh.dispose());
      const page = await (await translated(await openProfile(browser))).newPage();
      if (fresh.setupLink === null) throw new Error("The service printed no set-up link.");
      await page.goto(fresh.setupLink);
      await page.locator("button[type=submit]:not([disabled])").click();
      await page.getByText("Choose a username.").waitFor();
      await page.locator("#username").fill("a b");
      await page.locator("#password").fill("password password");
      await page.locator("button[type=submit]").click();
      await page.locator("#username-error, #password-error").first().waitFor();
      await expectAlive(page);
      await page.locator("#username").fill("owner");
      await page.locator("#password").fill(PASSWORD);
      await page.locator("button[type=submit]").click();
      await waitForHome(page, "owner");
    });

    it("comes back from a page that could not be made", async () => {
      const username = await newUser();
      const page = await openSignedIn(await computer(), server.url, username);
      const alter = (statement: string) => {
        const database = new Database(`${server.dataDir}/countersign.db`);
        database.exec(statement);
        database.close();
      };
      await server.restart();
      alter("ALTER TABLE Session RENAME TO SessionAway");
      await page.goto(server.url);
      await page.getByRole("heading", { name: "Something went wrong" }).waitFor();
      alter("ALTER TABLE SessionAway RENAME TO Session");
      await page.getByRole("button", { name: "Try again" }).click();
      await waitForHome(page, username);
      await expectAlive(page);
    });

    it("leaves codes, digits and names as they are", async () => {
      const username = await newUser();
      const page = await openSignedIn(await computer(), server.url, username);
      await page.getByText(username, { exact: true }).first().waitFor();
      const inFont = (selector: string) => page.locator(`${selector} font`).count();
      expect(await inFont("h1 [translate=no]")).toBe(0);
      const far = await waitingComputer(server.url, { forwardedFor: "203.0.113.9" });
      await page.goto(far.link);
      await page.locator("#match-code").waitFor();
      await until("texts are wrapped", async () => (await wrappedTexts(page)) > 0);
      expect(await inFont("#match-code")).toBe(0);
      const profile = await translated(await openProfile(browser));
      const screen = await profile.newPage();
      await openWaiting(screen, `${server.url}/sign-in`);
      await qrPanel(screen)
        .getByRole("button", { name: /Use a code/ })
        .click();
      const letters = screen.getByText(/^[A-Z]{4}-[A-Z]{4}$/).first();
      await letters.waitFor();
      expect(await letters.evaluate((element) => element.closest("[translate=no]") !== null)).toBe(true);
      expect(await letters.evaluate((element) => element.closest("font") === null)).toBe(true);
    });
  });
});
