import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import en from "../../../src/app/i18n/messages/en.json";
import zh from "../../../src/app/i18n/messages/zh.json";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { waitingComputer } from "../../helpers/browser/computer";
import { approve } from "../../helpers/browser/phone";
import { expectSound, openScreen, screens } from "../../helpers/browser/screens";
import { PASSWORD, submitSignIn } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { addUser, type RunningServer, runOperator, startServer } from "../../helpers/process/server";

const PAGE = "https://reports.example.com";

describeInBrowser("a page of another origin that says which application it is", () => {
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off", CORS_ORIGINS: PAGE } });
    await addUser(server, "ada", PASSWORD);
    const options = ["--name", "Quarterly reports", "--origins", PAGE];
    const { code, stderr } = await runOperator(server, ["client", "add", "reports", ...options]);
    expect([code, stderr]).toEqual([0, ""]);
    browser = await launchBrowser();
  });

  afterEach(async () => {
    for (const open of browser.contexts()) await open.close();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  it.each(screens)("is named on the approval page and in the list of sessions: $name", async (screen) => {
    const words = screen.locale === "zh-CN" ? zh : en;
    const page = await (await openScreen(browser, screen)).newPage();
    await page.goto(`${server.url}/sign-in`);
    await submitSignIn(page, "ada");
    await page.locator("[aria-labelledby=sessions-title] li").first().waitFor();

    const computer = await waitingComputer(server.url, {
      application: { clientId: "reports", origin: PAGE },
    });
    await page.goto(computer.link);
    const fact = page.locator("dl > div").filter({ hasText: words.approval.program });
    await fact.getByText("Quarterly reports").waitFor();
    await expectSound(page, screen, "an application asks");
    await approve(page);
    await until("approved", async () => (await computer.status()).body.status === "approved");
    expect((await computer.redeem()).status).toBe(200);

    await page.goto(server.url);
    const named = words.home.application.replace("{name}", "Quarterly reports");
    await page.getByRole("listitem").filter({ hasText: named }).first().waitFor();
    await expectSound(page, screen, "home with a session of an application");
  });
});
