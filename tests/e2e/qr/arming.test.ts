import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { waitingComputer } from "../../helpers/browser/computer";
import { openPhone, PHONE_ADDRESS } from "../../helpers/browser/phone";
import { openSignedIn, PASSWORD } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { type Watch, watch } from "../../helpers/browser/watch";
import { addFurtherUser } from "../../helpers/process/further-user";
import { type RunningServer, startServer } from "../../helpers/process/server";

/** Less than the moment for which the page has to be left alone. */
const SOON_IN_MS = 700;

describeInBrowser("Approve, pressed before it is armed", () => {
  let server: RunningServer;
  let browser: Browser;
  let phone: BrowserContext;
  let seen: Watch;
  let page: Page;
  let users = 0;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off", TRUST_PROXY: "1" } });
    browser = await launchBrowser();
  });

  // The page's time is the test's own from here on: how quick the machine is does not matter.
  beforeEach(async () => {
    users += 1;
    await addFurtherUser(server, `ada${users}`, PASSWORD);
    phone = await openPhone(browser);
    seen = watch(phone);
    page = await openSignedIn(phone, server.url, `ada${users}`);
    await page.clock.install();
    const { link } = await waitingComputer(server.url, { forwardedFor: PHONE_ADDRESS });
    await page.goto(link);
    await page.locator("#approve").waitFor();
    await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1_000);
    await page.evaluate(() => window.dispatchEvent(new Event("focus")));
    seen.clear();
  });

  afterEach(() => phone.close());

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  const passes = (milliseconds: number) => page.clock.runFor(milliseconds);
  const isArmed = async () => (await page.locator("#approve").getAttribute("aria-disabled")) === "false";
  const middle = async () => {
    const { x, y, width, height } = (await page.locator("#approve").boundingBox()) ?? {
      x: 0,
      y: 0,
      width: 0,
      height: 0,
    };
    return [x + width / 2, y + height / 2] as const;
  };
  const expectNothingSent = async () => {
    expect(await isArmed()).toBe(false);
    expect(seen.to("/api/trpc/qr.confirm")).toEqual([]);
  };

  it("by one click after the other approves nothing, however many: each restarts the wait", async () => {
    for (let click = 0; click < 6; click += 1) {
      await passes(SOON_IN_MS);
      await page.mouse.click(...(await middle()));
      await expectNothingSent();
    }
    await passes(1_000);
    expect(await isArmed()).toBe(true);
    await page.mouse.click(...(await middle()));
    await page.clock.resume();
    await until("approved", async () => seen.to("/api/trpc/qr.confirm").length === 1);
  });

  it("and not before: the first click that is in time approves, though the button takes the focus by it", async () => {
    expect(await page.evaluate(() => document.activeElement?.id)).not.toBe("approve");
    await passes(1_000);
    await page.mouse.click(...(await middle()));
    await page.clock.resume();
    await until("approved", async () => seen.to("/api/trpc/qr.confirm").length === 1);
  });

  it("by taps approves nothing", async () => {
    for (let tap = 0; tap < 4; tap += 1) {
      await passes(SOON_IN_MS);
      await page.touchscreen.tap(...(await middle()));
      await expectNothingSent();
    }
  });

  it("by a button that is held until after the wait approves nothing when it is let go", async () => {
    await passes(SOON_IN_MS);
    await page.mouse.move(...(await middle()));
    await page.mouse.down();
    await passes(5_000);
    await page.mouse.up();
    await expectNothingSent();
  });

  it.each(["Enter", "Space"])(
    "by a held %s key, which repeats, approves nothing, nor by letting it go",
    async (key) => {
      await page.locator("#approve").focus();
      await page.keyboard.down(key);
      for (let repeat = 0; repeat < 6; repeat += 1) {
        await passes(SOON_IN_MS);
        await page.keyboard.down(key);
      }
      await passes(5_000);
      await expectNothingSent();
      await page.keyboard.up(key);
      await expectNothingSent();
    },
  );

  it("by clicks without a pointer, as of a screen reader, approves nothing", async () => {
    for (let click = 0; click < 4; click += 1) {
      await passes(SOON_IN_MS);
      await page.locator("#approve").evaluate((button: HTMLButtonElement) => button.click());
      await expectNothingSent();
    }
  });
});
