import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { signInApiPhone } from "../../helpers/browser/api-phone";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { paintCamera } from "../../helpers/browser/painted-camera";
import { openSignedIn, PASSWORD } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { addFurtherUser } from "../../helpers/process/further-user";
import { type RunningServer, startServer } from "../../helpers/process/server";

describeInBrowser("the language of a page that has already said something", () => {
  let fresh: RunningServer;
  let server: RunningServer;
  let browser: Browser;
  let profile: BrowserContext;
  let page: Page;
  let users = 0;
  let username: string;

  beforeAll(async () => {
    fresh = await startServer();
    server = await startServer({ env: { CAPTCHA: "off" } });
    browser = await launchBrowser();
  });

  beforeEach(async () => {
    users += 1;
    username = `ada${users}`;
    await addFurtherUser(server, username, PASSWORD);
    profile = await openProfile(browser);
    await paintCamera(profile);
  });

  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });

  afterAll(async () => {
    await browser?.close();
    await fresh?.dispose();
    await server?.dispose();
  });

  /** All that is said, and no English word left in it but names. */
  async function expectTurned(selector: string, english: RegExp, chinese: RegExp) {
    const said = async () => (await page.locator(selector).allTextContents()).join(" ");
    await until(`English: ${english}`, async () => english.test(await said()));
    await page.getByRole("button", { name: "中文" }).click();
    await until(`Chinese: ${chinese}`, async () => chinese.test(await said()));
    expect(await said()).not.toMatch(english);
    await page.getByRole("button", { name: "English" }).click();
    await until(`English again: ${english}`, async () => english.test(await said()));
  }

  it("is that of what home reports", async () => {
    await signInApiPhone(server.url, username, PASSWORD);
    page = await openSignedIn(profile, server.url, username);
    const rows = page.locator("[aria-labelledby=sessions-title] li");
    await rows
      .nth(1)
      .getByRole("button", { name: /^Revoke/ })
      .click();
    await page.getByRole("button", { name: "Sign it out", exact: true }).last().click();
    await expectTurned("[role=status]", /was signed out/, /已下线|已退出/);
  });

  it("is that of a typed code's mistakes and of the camera's trouble", async () => {
    page = await openSignedIn(profile, server.url, username);
    await page.addInitScript(() => {
      paintedCamera.answer = "NotFoundError";
    });
    await page.goto(`${server.url}/scan`);
    await page.locator("form button[type=submit]:not([disabled])").click();
    await expectTurned("#user-code-error", /Enter the code/, /请输入登录码/);
    await expectTurned("[role=status]", /No camera found/, /未找到摄像头/);
    await page.route("**/api/**", (route) => route.abort());
    await page.locator("#user-code").fill("BCDF-GHJK");
    await page.locator("form button[type=submit]").click();
    await expectTurned("[role=status]", /can’t be reached/, /无法连接|暂时/);
  });

  it("is that of what is wrong with a new password", async () => {
    page = await openSignedIn(profile, server.url, username);
    await page.goto(`${server.url}/password`);
    await page.locator("button[type=submit]:not([disabled])").click();
    await expectTurned("#oldPassword-error, #newPassword-error", /Enter/, /请输入/);
  });

  it("is that of what is missing for the first account, and the focus stays on the switch", async () => {
    page = await profile.newPage();
    await page.goto(fresh.setupLink ?? "");
    await page.locator("button[type=submit]:not([disabled])").click();
    await expectTurned("#username-error", /Choose a username/, /请/);
    const focused = await page.evaluate(() => document.activeElement?.textContent);
    expect(focused).toBe("中文");
  });

  it("is that of the fonts: no English apostrophe takes the room of a Chinese one", async () => {
    page = await profile.newPage();
    await page.goto(`${server.url}/sign-in`);
    const widthOf = (character: string) =>
      page.evaluate((drawn) => {
        const context = document.createElement("canvas").getContext("2d");
        if (!context) throw new Error("no canvas");
        const { fontFamily } = getComputedStyle(document.body);
        context.font = `100px ${fontFamily}`;
        return context.measureText(drawn).width;
      }, character);
    expect(await widthOf("’")).toBeLessThan(50);
    await page.getByRole("button", { name: "中文" }).click();
    await until("Chinese", async () => (await page.locator("html").getAttribute("lang")) === "zh-Hans");
    expect(await widthOf("登")).toBeGreaterThan(80);
  });
});
