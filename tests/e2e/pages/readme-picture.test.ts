import { mkdirSync } from "node:fs";
import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { type RunningServer, startServer } from "../../helpers/process/server";
import { statusOf } from "./screens";

/** Written anew over the one in the documents when asked to: UPDATE_SCREENSHOTS=1 npm test -- readme-picture */
const folder = process.env.UPDATE_SCREENSHOTS === "1" ? "docs/images" : "test-results";

describeInBrowser("the picture in the README", () => {
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    server = await startServer();
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  it("is the sign-in page as it is", async () => {
    const page = await browser.newPage({ viewport: { width: 1200, height: 720 }, colorScheme: "light" });
    await page.goto(`${server.url}/sign-in`);
    await page.getByLabel("Username").fill("marianne");
    expect(await statusOf(page)).toBe("");
    mkdirSync(folder, { recursive: true });
    const picture = await page.screenshot({ path: path.join(folder, "sign-in.png") });
    expect(picture.length).toBeGreaterThan(5_000);
  });
});
