import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { waitingComputer } from "../../helpers/browser/computer";
import { paintCamera, showCode } from "../../helpers/browser/painted-camera";
import { openPhone, PHONE_ADDRESS } from "../../helpers/browser/phone";
import { statusOf } from "../../helpers/browser/screens";
import { openSignedIn, PASSWORD, submitSignIn } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { type Watch, watch } from "../../helpers/browser/watch";
import { addFurtherUser } from "../../helpers/process/further-user";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

describeInBrowser("the scanner, and the app that holds it", () => {
  let server: RunningServer;
  let browser: Browser;
  let phone: BrowserContext;
  let seen: Watch;
  let page: Page;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off", TRUST_PROXY: "1" } });
    await addUser(server, "ada", PASSWORD);
    browser = await launchBrowser();
    // One phone for all, with a page for each test.
    phone = await openPhone(browser);
    seen = watch(phone);
    await paintCamera(phone);
    await (await openSignedIn(phone, server.url, "ada")).close();
  });

  beforeEach(async () => {
    seen.clear();
    page = await phone.newPage();
  });

  afterEach(async () => {
    expect(seen.messages.filter((message) => /Content Security Policy|uncaught/i.test(message))).toEqual([]);
    for (const each of phone.pages()) await each.close();
    for (const context of browser.contexts()) if (context !== phone) await context.close();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  const nearComputer = () => waitingComputer(server.url, { forwardedFor: PHONE_ADDRESS });
  const running = () => page.evaluate(() => paintedCamera.running);
  const openScanner = async () => {
    await page.goto(`${server.url}/scan`);
    await until("the camera runs", async () => (await running()) === 1);
  };

  it("reads the code of a waiting computer, lets go of the camera, and asks", async () => {
    const computer = await nearComputer();
    await openScanner();
    await showCode(page, computer.link);
    await page.locator("#approve").waitFor();
    expect((await computer.status()).body.status).toBe("scanned");
    expect(await running()).toBe(0);
    expect(await page.locator("#camera").count()).toBe(0);
    expect(new URL(page.url()).pathname).toBe("/scan");
  });

  it("goes nowhere with any other code, says so, and keeps looking", async () => {
    await openScanner();
    const before = seen.documents.length;
    const computer = await nearComputer();
    for (const text of [
      "https://evil.example/",
      `https://evil.example/q/${computer.qrId}`,
      `${computer.link}?a=1`,
    ]) {
      await showCode(page, text);
      await until(text, async () => (await statusOf(page)).startsWith("That’s not a sign-in code"));
      await showCode(page, null);
      await until("forgotten", async () => (await statusOf(page)) === "");
    }
    expect(seen.documents.length).toBe(before);
    expect((await computer.status()).body.status).toBe("pending");
    await showCode(page, computer.link);
    await page.locator("#approve").waitFor();
  });

  it("lets go of the camera when it is hidden or left, and takes it up again", async () => {
    await openScanner();
    const setVisibility = (visibilityState: string) =>
      page.evaluate((state) => {
        Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
        document.dispatchEvent(new Event("visibilitychange"));
      }, visibilityState);
    await setVisibility("hidden");
    await until("off", async () => (await running()) === 0);
    await setVisibility("visible");
    await until("on", async () => (await running()) === 1);
    await page.getByRole("link", { name: "Back to your account" }).click();
    await until("off", async () => (await running()) === 0);
  });

  it.each([
    ["NotAllowedError", "The camera is blocked"],
    ["NotFoundError", "No camera found"],
    ["NotReadableError", "The camera didn’t start"],
  ])("says what to do about %s, and starts when it can", async (name, title) => {
    await page.addInitScript((answer) => {
      paintedCamera.answer = answer;
    }, name);
    await page.goto(`${server.url}/scan`);
    await page.getByRole("heading", { name: title }).waitFor();
    expect(await page.locator("#user-code").isVisible()).toBe(true);
    await page.evaluate(() => {
      paintedCamera.answer = "granted";
      paintedCamera.hasTorch = true;
    });
    await page.getByRole("button", { name: "Try the camera again" }).click();
    await until("the camera runs", async () => (await running()) === 1);
    const light = page.getByRole("button", { name: "Light" });
    await light.click();
    await until("the light is on", async () => (await light.getAttribute("aria-pressed")) === "true");
  });

  it("says that the camera needs https where the page has none", async () => {
    await page.addInitScript(() => {
      Object.defineProperty(window, "isSecureContext", { get: () => location.pathname !== "/scan" });
    });
    await page.goto(`${server.url}/scan`);
    await page.getByRole("heading", { name: "The camera needs https" }).waitFor();
  });

  it("comes back to the scanner, after signing in too", async () => {
    const fresh = await openPhone(browser);
    const tab = await fresh.newPage();
    await tab.goto(`${server.url}/scan`);
    await tab.waitForURL(/\/sign-in\?return=%2Fscan$/);
    await submitSignIn(tab, "ada");
    await tab.waitForURL(`${server.url}/scan`);
    const computer = await nearComputer();
    await openScanner();
    await showCode(page, computer.link);
    await page.locator("#approve").waitFor();
    await showCode(page, null);
    await computer.cancel();
    await page.getByRole("button", { name: "Scan a code" }).click();
    await until("the camera runs", async () => (await running()) === 1);
    await until(
      "the heading has the focus",
      async () => (await page.evaluate(() => document.activeElement?.textContent)) === "Scan a code",
    );
  });

  it("tells of a sign-in elsewhere on whatever page is open, over it, and ends it with one tap", async () => {
    const here = await openPhone(browser);
    await paintCamera(here);
    // An account of its own: a notice of an earlier test's sign-in would be shown as well.
    await addFurtherUser(server, "eve", PASSWORD);
    page = await openSignedIn(here, server.url, "eve");
    await openScanner();
    const shot = await page.locator("h1").boundingBox();
    const there = await openPhone(browser);
    const other = await openSignedIn(there, server.url, "eve");
    const notice = page.getByRole("region", { name: "Notices" });
    // The newest comes first; those that nobody has put away are shown too.
    await notice.getByText("Not you?").first().waitFor();
    expect(await notice.getAttribute("aria-live")).toBe("polite");
    expect(await page.locator("h1").boundingBox()).toEqual(shot);
    await notice.getByRole("button", { name: "Sign it out", exact: true }).first().click();
    await other.waitForURL(`${server.url}/sign-in`);
    await notice.getByText(/ was signed out\.$/).waitFor();
  });

  it("can be installed: manifest and icons are there, for the signed out too", async () => {
    const fresh = await openPhone(browser);
    const tab = await fresh.newPage();
    await tab.goto(`${server.url}/sign-in`);
    const href = (await tab.locator("link[rel=manifest]").getAttribute("href")) ?? "";
    const manifest = await (await fetch(new URL(href, server.url))).json();
    expect(manifest).toMatchObject({
      name: "Countersign",
      start_url: "/scan",
      display: "standalone",
      id: "/",
    });
    const apple = (await tab.locator("link[rel=apple-touch-icon]").getAttribute("href")) ?? "";
    const icons = [...manifest.icons, { src: apple, sizes: "180x180" }];
    expect(manifest.icons.map(({ purpose }: { purpose: string }) => purpose)).toEqual([
      "any",
      "any",
      "maskable",
    ]);
    for (const { src, sizes } of icons) {
      const response = await fetch(new URL(src, server.url));
      expect(response.headers.get("content-type"), src).toBe("image/png");
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, src).toBe(sizes);
    }
  });

  it("offers to install after an approval and not before, until the person declines", async () => {
    const offer = page.locator("#install-offer");
    const approveOne = async () => {
      const computer = await nearComputer();
      await page.goto(computer.link);
      await page.locator("#approve").waitFor();
      const isKept = await page.evaluate(
        () =>
          !window.dispatchEvent(
            Object.assign(new Event("beforeinstallprompt", { cancelable: true }), {
              prompt: async () => undefined,
            }),
          ),
      );
      expect(isKept).toBe(true);
      expect(await offer.count()).toBe(0);
      await page.locator('#approve[aria-disabled="false"]').click();
      await page.getByRole("heading", { name: "Approved" }).waitFor();
      expect(await offer.count()).toBe(0);
      await computer.redeem();
      await page.locator("#undo").waitFor();
    };
    await approveOne();
    await offer.getByRole("button", { name: "Install", exact: true }).waitFor();
    await offer.getByRole("button", { name: "No, thanks" }).click();
    await until("away", async () => (await offer.count()) === 0);
    await approveOne();
    expect(await offer.count()).toBe(0);
  });
});
