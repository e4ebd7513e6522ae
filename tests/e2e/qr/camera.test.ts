import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { browserFlags, describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { cameraFlags, filmScreen, readCodes } from "../../helpers/browser/camera";
import { approve, openPhone } from "../../helpers/browser/phone";
import { openSignedIn, PASSWORD, submitSignIn, waitForHome } from "../../helpers/browser/sign-in";
import { openWaiting, qrPanel, waitForQrState } from "../../helpers/browser/waiting-page";
import { addFurtherUser } from "../../helpers/process/further-user";
import { type RunningServer, startServer } from "../../helpers/process/server";

/** Nothing is played here: a real page on the computer, a real page on the phone, and a camera in between. */
describeInBrowser("a computer and a phone, each with its own browser", () => {
  let server: RunningServer;
  let computerBrowser: Browser;
  let phoneBrowser: Browser;
  let folder: string;
  let computer: BrowserContext;
  let screen: Page;
  let users = 0;
  let username: string;

  const film = () => join(folder, "film.y4m");

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "countersign-camera-"));
    server = await startServer({ env: { CAPTCHA: "off" } });
    computerBrowser = await launchBrowser();
    phoneBrowser = await chromium.launch({
      executablePath: process.env.COUNTERSIGN_BROWSER ?? "",
      args: [...browserFlags, ...cameraFlags(film())],
    });
  });

  beforeEach(async () => {
    users += 1;
    username = `eve${users}`;
    await addFurtherUser(server, username, PASSWORD);
    computer = await computerBrowser.newContext({ locale: "en-US", viewport: { width: 1440, height: 900 } });
    screen = await computer.newPage();
  });

  afterEach(async () => {
    for (const browser of [computerBrowser, phoneBrowser])
      for (const context of browser.contexts()) await context.close();
  });

  afterAll(async () => {
    await computerBrowser?.close();
    await phoneBrowser?.close();
    await server?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  async function signedInPhone(): Promise<Page> {
    const phone = await openPhone(phoneBrowser, { permissions: ["camera"], extraHTTPHeaders: {} });
    return openSignedIn(phone, server.url, username);
  }

  /** The address in the code on the screen, by a reader that knows nothing of us. */
  async function linkOnScreen(): Promise<string> {
    const codes = await readCodes(await screen.screenshot());
    expect(codes).toHaveLength(1);
    return String(codes[0]);
  }

  it("go from a camera to a session: scanned, confirmed, signed in, and each lives on without the other", async () => {
    await openWaiting(screen, `${server.url}/sign-in`);
    expect(await linkOnScreen()).toMatch(new RegExp(`^${server.url}/q/[\\w-]{22}$`));
    const phone = await signedInPhone();
    await filmScreen(await screen.screenshot(), film());
    await phone.goto(`${server.url}/scan`);
    await phone.locator("#approve").waitFor({ timeout: 30_000 });
    await waitForQrState(screen, "scanned");
    expect(await qrPanel(screen).textContent()).toContain("E•••");
    await approve(phone);
    await waitForHome(screen, username);
    await phone.locator("#undo").waitFor();

    // Two sessions: the computer's ends alone, and a second one outlives the phone's.
    await screen.getByRole("button", { name: "Sign out" }).click();
    await screen.waitForURL(/signed-out/);
    await phone.goto(`${server.url}/`);
    await waitForHome(phone, username);
    await openWaiting(screen, `${server.url}/sign-in`);
    const link = await linkOnScreen();
    await phone.goto(link);
    await approve(phone);
    await waitForHome(screen, username);
    await phone.goto(`${server.url}/`);
    await phone.getByRole("button", { name: "Sign out" }).click();
    await phone.waitForURL(/signed-out/);
    await screen.reload();
    await waitForHome(screen, username);
  });

  it("by the phone's own camera app, signing in on the way", async () => {
    await openWaiting(screen, `${server.url}/sign-in`);
    const phone = await (await openPhone(phoneBrowser, { extraHTTPHeaders: {} })).newPage();
    await phone.goto(await linkOnScreen());
    await phone.waitForURL(/\/sign-in/);
    await submitSignIn(phone, username);
    await approve(phone);
    await waitForHome(screen, username);
  });

  it("by letters read off the screen", async () => {
    await openWaiting(screen, `${server.url}/sign-in`);
    await screen.getByRole("button", { name: /Use a code/ }).click();
    const letters = screen.getByText(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/).first();
    const userCode = (await letters.textContent()) ?? "";
    const phone = await signedInPhone();
    await phone.goto(`${server.url}/scan`);
    // Before its script runs, the form takes no code.
    await phone.locator("form button[type=submit]:not([disabled])").waitFor();
    await phone.locator("#user-code").fill(userCode.toLowerCase());
    await phone.keyboard.press("Enter");
    await approve(phone);
    await waitForHome(screen, username);
  });

  it("declined on the phone", async () => {
    await openWaiting(screen, `${server.url}/sign-in`);
    const phone = await signedInPhone();
    await phone.goto(await linkOnScreen());
    await phone.locator("#deny").click();
    await waitForQrState(screen, "denied");
    expect(screen.url()).toContain("/sign-in");
  });

  it("given up on the computer", async () => {
    await openWaiting(screen, `${server.url}/sign-in`);
    const phone = await signedInPhone();
    await phone.goto(await linkOnScreen());
    await waitForQrState(screen, "scanned");
    await qrPanel(screen).getByRole("button", { name: "Cancel" }).click();
    await waitForQrState(screen, "cancelled");
    await phone.locator("#approve").waitFor({ state: "detached" });
  });

  it("without a stream: polling carries it", async () => {
    await computer.route(/\/api\/auth\/qr\/[^/]+\/events/, (route) => route.abort());
    await openWaiting(screen, `${server.url}/sign-in`);
    const phone = await signedInPhone();
    await phone.goto(await linkOnScreen());
    await waitForQrState(screen, "scanned");
    await approve(phone);
    await waitForHome(screen, username);
  });
});
