import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { waitingComputer } from "../../helpers/browser/computer";
import { age, approve, openPhone, PHONE_ADDRESS } from "../../helpers/browser/phone";
import { statusOf } from "../../helpers/browser/screens";
import { openSignedIn, PASSWORD } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { type Watch, watch } from "../../helpers/browser/watch";
import { addFurtherUser } from "../../helpers/process/further-user";
import { type RunningServer, startServer } from "../../helpers/process/server";

const CLAIMS_PER_MINUTE = 12;

declare global {
  /** All that the status node has said, in order. */
  var said: string[];
}

describeInBrowser("how the phone hears of its request, and says it", () => {
  let server: RunningServer;
  let browser: Browser;
  let phone: BrowserContext;
  let seen: Watch;
  let page: Page;
  let users = 0;

  beforeAll(async () => {
    const limits = { LIMIT_QR_CLAIMS: String(CLAIMS_PER_MINUTE) };
    server = await startServer({ env: { CAPTCHA: "off", TRUST_PROXY: "1", ...limits } });
    browser = await launchBrowser();
  });

  beforeEach(async () => {
    users += 1;
    await addFurtherUser(server, `ada${users}`, PASSWORD);
    phone = await openPhone(browser);
    seen = watch(phone);
    await phone.addInitScript(() => {
      globalThis.said = [];
      new MutationObserver(() => {
        const text = document.querySelector("[role=status]")?.textContent ?? "";
        if (text !== (said.at(-1) ?? "")) said.push(text);
      }).observe(document, { childList: true, characterData: true, subtree: true });
    });
    page = await openSignedIn(phone, server.url, `ada${users}`);
  });

  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  const near = () => waitingComputer(server.url, { forwardedFor: PHONE_ADDRESS });
  const spoken = async () => (await page.evaluate(() => said)).filter((text) => text !== "");

  it("goes through by asking calmly when there is no stream", async () => {
    await phone.route("**/api/trpc/sessions.live**", (route) => route.abort());
    const computer = await near();
    await page.goto(computer.link);
    await page.locator("#approve").waitFor();
    seen.clear();
    const asked = () => seen.to("/api/trpc/qr.claim").length;
    await until("a question", () => asked() > 0);
    const [before, beganAtInMs] = [asked(), Date.now()];
    await until("two questions more", () => asked() >= before + 2);
    expect(Date.now() - beganAtInMs).toBeGreaterThan(1_500);
    await approve(page);
    await page.getByRole("heading", { name: "Approved" }).waitFor();
    await computer.redeem();
    await page.locator("#undo").waitFor();
  });

  it("stops asking when it is over", async () => {
    const computer = await near();
    await page.goto(computer.link);
    await page.locator("#deny").click();
    await page.getByRole("heading", { name: "Declined" }).waitFor();
    seen.clear();
    await page.waitForTimeout(5_000);
    expect(seen.to("/api/trpc/qr.claim")).toEqual([]);
  });

  it("says each thing once: 30 seconds before the end, and the end; never the seconds", async () => {
    const computer = await near();
    await page.goto(computer.link);
    await page.locator("#approve").waitFor();
    expect(await page.getByRole("status").count()).toBe(1);
    expect(await statusOf(page)).toBe("");
    age(server, computer.qrId, "expiresAt", 33_000);
    await until("30 seconds", async () => (await statusOf(page)) === "Less than 30 seconds left.");
    const left = await page.getByRole("timer").textContent();
    await until("the countdown goes on", async () => (await page.getByRole("timer").textContent()) !== left);
    age(server, computer.qrId, "expiresAt");
    await page.getByRole("heading", { name: "Code expired" }).waitFor();
    await until("the end", async () => (await statusOf(page)) === "Code expired");
    expect(await spoken()).toEqual(["Less than 30 seconds left.", "Code expired"]);
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("BODY");
  });

  it("gives the focus to the heading of what comes after a press, and does not say it twice", async () => {
    const computer = await near();
    await page.goto(computer.link);
    await page.locator("#deny").click();
    await page.getByRole("heading", { name: "Declined" }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
    expect(await spoken()).toEqual([]);
  });

  it("says how long to wait when too many codes were scanned", async () => {
    for (let round = 0; round < CLAIMS_PER_MINUTE; round += 1) {
      await page.goto((await near()).link);
      await page.locator("#approve").waitFor();
    }
    await page.goto((await near()).link);
    await page.getByRole("heading", { name: "Too many tries" }).waitFor();
    await page.getByText(/Wait \d+ minutes?\./).waitFor();
  });
});
