import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { cameraFlags, filmScreen } from "../../helpers/browser/camera";
import { readByCameraApp } from "../../helpers/browser/camera-app";
import { approve, openPhone } from "../../helpers/browser/phone";
import { statusOf } from "../../helpers/browser/screens";
import { submitSignIn, waitForHome } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { openWaiting } from "../../helpers/browser/waiting-page";
import { codeIn, type MailServer, startMailServer } from "../../helpers/mail/mail-server";
import { mailSettings } from "../../helpers/mail/steps";
import { type RunningServer, startServer } from "../../helpers/process/server";
import { ageDeletions } from "../../helpers/process/session-rows";

const OWNERS_PASSWORD = "velvet quarry lamp seventeen";
const FIRST_PASSWORD = "copper lantern meadow twelve";
const SECOND_PASSWORD = "seven lamps over a quarry";
const ADDRESS = "grace@example.com";

/** Real pages, a real mail server, and a camera that films the computers' screens. Nothing is made but by a page. */
describeInBrowser("an account's whole life, on an installation where there is nothing yet", () => {
  let mailServer: MailServer;
  let server: RunningServer;
  let computers: Browser;
  let phones: Browser;
  let folder: string;
  let owner: Page;
  let phone: BrowserContext;
  let page: Page;
  let computer: Page;

  const film = () => join(folder, "film.y4m");

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "countersign-camera-"));
    mailServer = await startMailServer();
    server = await startServer({ env: mailSettings(mailServer) });
    computers = await launchBrowser();
    phones = await launchBrowser(cameraFlags(film()));
    owner = await (await openProfile(computers)).newPage();
    // The same network as the computers beside it.
    phone = await openPhone(phones, { permissions: ["camera"], extraHTTPHeaders: {} });
  });
  afterEach(async () => {
    for (const browser of [computers, phones]) await browser?.close();
    await server?.dispose();
    await mailServer?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const heading = (on: Page, name: string | RegExp) => on.getByRole("heading", { name }).waitFor();
  const press = (on: Page, name: string) => on.getByRole("button", { name, exact: true }).click();

  async function fillIn(on: Page, username: string, password: string): Promise<void> {
    await on.locator("#username").fill(username);
    await on.locator("#password").fill(password);
    await on.locator("button[type=submit]:not([disabled])").click();
  }

  /** @returns the code of the newest mail to the newcomer, as soon as there are so many */
  const mailedCode = async (count: number) => codeIn(await mailServer.mailTo(ADDRESS, count));
  const subjects = () => mailServer.mails.map((mail) => mail.header("Subject"));

  async function ownerSetsUp(): Promise<void> {
    await owner.goto(server.setupLink ?? "");
    await fillIn(owner, "olive", OWNERS_PASSWORD);
    await waitForHome(owner, "olive");
  }

  async function ownerInvitesByQrCode(): Promise<void> {
    await owner.getByRole("link", { name: "Administration" }).click();
    await owner.getByRole("link", { name: "Invitations", exact: true }).click();
    await owner.waitForURL("**/admin/invitations");
    await press(owner, "Make invitation");
    await heading(owner, "A new invitation");
    await owner.getByRole("img", { name: "QR code of the invitation" }).scrollIntoViewIfNeeded();
    await filmScreen(await owner.screenshot(), film());
  }

  async function newcomerJoinsOnThePhone(): Promise<void> {
    const link = await readByCameraApp(phone);
    expect(link).toMatch(new RegExp(`^${server.url}/join#[\\w-]{22}$`));
    page = await phone.newPage();
    await page.goto(link);
    await page.getByText("olive invites you.").waitFor();
    await fillIn(page, "grace", FIRST_PASSWORD);
    await heading(page, "You’re signed in");
    await page.getByRole("link", { name: "Go to your account" }).click();
    await waitForHome(page, "grace");
  }

  async function newcomerAddsAnAddress(): Promise<void> {
    await page.getByRole("link", { name: "Profile and data" }).click();
    await page.locator("#add-email").click();
    await page.locator("#email").fill(ADDRESS);
    await page.keyboard.press("Enter");
    await page.locator("#email-code").fill(await mailedCode(1));
    await page.keyboard.press("Enter");
    await page.getByText(`${ADDRESS} was added`).waitFor();
    await page.getByRole("link", { name: "Back to your account" }).click();
  }

  async function newcomerForgetsThePassword(): Promise<void> {
    await press(page, "Sign out");
    await page.waitForURL(/signed-out/);
    await page.goto(`${server.url}/sign-in`);
    await page.getByText("Forgot your password?").click();
    await page.getByRole("link", { name: "Get a code by mail" }).click();
    await page.locator("#identifier").fill(ADDRESS);
    await page.keyboard.press("Enter");
    await page.locator("#mail-code").fill(await mailedCode(2));
    await page.keyboard.press("Enter");
    await page.locator("#password").fill(SECOND_PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Go to sign-in" }).click();
    await submitSignIn(page, ADDRESS, FIRST_PASSWORD);
    await page.getByText("Username or password is incorrect.").first().waitFor();
    await submitSignIn(page, ADDRESS, SECOND_PASSWORD);
    await waitForHome(page, "grace");
  }

  async function newcomerSignsInAtTheComputerBeside(): Promise<void> {
    const profile = await computers.newContext({ locale: "en-US", viewport: { width: 1440, height: 900 } });
    computer = await profile.newPage();
    await openWaiting(computer, `${server.url}/sign-in`);
    await filmScreen(await computer.screenshot(), film());
    await page.goto(`${server.url}/scan`);
    await page.locator("#approve").waitFor();
    await approve(page);
    await waitForHome(computer, "grace");
    await page.goto(server.url);
    await waitForHome(page, "grace");
  }

  async function ownerPresses(act: string, done: string): Promise<void> {
    await press(owner, act);
    await press(owner, `Yes: ${act}`);
    await owner.getByText(done).waitFor();
  }

  async function ownerDisablesTheAccount(): Promise<void> {
    await owner.goto(`${server.url}/admin/people`);
    await owner.getByRole("link", { name: /grace/ }).click();
    await heading(owner, "grace");
    await ownerPresses("Disable account", "The account is disabled.");
    // Nobody touches the phone or the computer.
    for (const out of [page, computer]) {
      await out.waitForURL((url) => url.pathname === "/sign-in");
      await out.goto(`${server.url}/account`);
      await out.waitForURL((url) => url.pathname === "/sign-in");
    }
    await submitSignIn(page, "grace", SECOND_PASSWORD);
    await until("refused", async () => /disabled|incorrect/.test(await statusOf(page)));
  }

  async function ownerEnablesTheAccount(): Promise<void> {
    await ownerPresses("Enable account", "The account is enabled.");
    await page.goto(`${server.url}/sign-in`);
    await submitSignIn(page, "grace", SECOND_PASSWORD);
    await waitForHome(page, "grace");
  }

  async function newcomerDeletesTheAccount(): Promise<void> {
    await page.goto(`${server.url}/account`);
    await press(page, "Delete my account");
    await press(page, "Delete it");
    await page.waitForURL("**/account-closed");
    await until("it is mailed", () => subjects().some((text) => text?.endsWith("will be deleted")));
    await ageDeletions(server, 6);
  }

  async function newcomerTakesItBack(): Promise<void> {
    await page.goto(`${server.url}/sign-in`);
    await submitSignIn(page, ADDRESS, SECOND_PASSWORD);
    await heading(page, /^Your account will be deleted on /);
    await press(page, "Keep my account");
    await waitForHome(page, "grace");
    await page.getByText("1 mail address").waitFor();
    await until("it is mailed", () => subjects().some((text) => text?.endsWith("stays")));
  }

  it("goes from an invitation by QR code through a verified address, a forgotten password, a computer signed in by phone, a lock and an unlock to a deletion that is taken back six days later", async () => {
    await ownerSetsUp();
    await ownerInvitesByQrCode();
    await newcomerJoinsOnThePhone();
    await newcomerAddsAnAddress();
    await newcomerForgetsThePassword();
    await newcomerSignsInAtTheComputerBeside();
    await ownerDisablesTheAccount();
    await ownerEnablesTheAccount();
    await newcomerDeletesTheAccount();
    await newcomerTakesItBack();
  }, 300_000);
});
