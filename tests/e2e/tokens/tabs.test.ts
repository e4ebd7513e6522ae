import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile, openTabs } from "../../helpers/browser/browser";
import { addClient, burst } from "../../helpers/browser/in-page-client";
import { openSignedIn, waitForHome } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { LIVE_PATH, REFRESH_PATH, type Watch, watch } from "../../helpers/browser/watch";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

const LIFETIME_IN_SECONDS = 12;
const PASSWORD = "velvet quarry lamp seventeen";
const TABS = 10;

/** Security bar 28: the tabs of one browser renew together, and nobody notices. */
describeInBrowser("ten tabs of one browser, and an access token of twelve seconds", () => {
  let server: RunningServer;
  let browser: Browser;
  let profile: BrowserContext;
  let seen: Watch;
  let tabs: Page[];

  beforeAll(async () => {
    server = await startServer({
      env: { CAPTCHA: "off", ACCESS_TOKEN_LIFETIME: String(LIFETIME_IN_SECONDS) },
    });
    await addUser(server, "ada", PASSWORD);
    browser = await launchBrowser();
  });

  beforeEach(async () => {
    profile = await openProfile(browser);
    seen = watch(profile);
    const first = await openSignedIn(profile, server.url, "ada");
    tabs = [first, ...(await openTabs(profile, TABS - 1))];
    await Promise.all(tabs.slice(1).map((tab) => tab.goto(server.url)));
    await Promise.all(tabs.map((tab) => waitForHome(tab, "ada")));
    await Promise.all(tabs.map((tab) => addClient(tab)));
    seen.clear();
  });

  afterEach(async () => {
    await profile.close();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  /** Until the token that all have is past its time. Nothing may be asked for meanwhile. */
  async function letTokenExpire() {
    await sleep((LIFETIME_IN_SECONDS + 0.5) * 1000);
    seen.clear();
  }

  function expectNobodyNoticed() {
    expect(seen.documents.filter((url) => /sign-in|signed-out/.test(url))).toEqual([]);
    expect(tabs.map((tab) => new URL(tab.url()).pathname)).toEqual(tabs.map(() => "/"));
    expect(seen.messages).toEqual([]);
  }

  async function visibleAlerts(): Promise<string[]> {
    const found = await Promise.all(
      tabs.map((tab) => tab.locator("[role=alert], [data-tone=error]").allInnerTexts()),
    );
    return found.flat().filter((text) => text.trim() !== "");
  }

  it("a burst of calls in all of them after expiry: one refresh, every call answered, nobody signed out", async () => {
    for (let round = 0; round < 2; round += 1) {
      await letTokenExpire();
      const startedAt = performance.now();
      const answers = await Promise.all(tabs.map((tab) => burst(tab, 5)));
      const tookInMs = Math.round(performance.now() - startedAt);
      expect(answers.flat()).toEqual(Array.from({ length: TABS * 5 }, () => "ada"));
      expect(seen.to(REFRESH_PATH)).toHaveLength(1);
      console.log(`50 calls in 10 tabs after expiry: ${tookInMs} ms, one refresh`);
      expectNobodyNoticed();
      expect(await visibleAlerts()).toEqual([]);
    }
    const signedOut = await Promise.all(tabs.map((tab) => tab.evaluate(() => countersignTest.signedOut)));
    expect(signedOut.flat()).toEqual([]);
  });

  it("calls in five of them while the server renders the other five: one refresh, all end on home", async () => {
    const [calling, opening] = [tabs.slice(0, 5), tabs.slice(5)];
    await letTokenExpire();
    const [answers] = await Promise.all([
      Promise.all(calling.map((tab) => burst(tab, 5))),
      Promise.all(opening.map((tab) => tab.reload())),
    ]);
    await Promise.all(opening.map((tab) => waitForHome(tab, "ada")));
    expect(answers.flat()).toEqual(Array.from({ length: 25 }, () => "ada"));
    expect(seen.to(REFRESH_PATH)).toHaveLength(1);
    expectNobodyNoticed();
  });

  it("keep one stream for all, and when its tab goes another one takes over", async () => {
    await until("one stream", () => seen.open(LIVE_PATH) === 1);
    await sleep(500);
    expect(seen.open(LIVE_PATH)).toBe(1);
    // The first was there first: it has the stream.
    await tabs[0]?.close();
    tabs = tabs.slice(1);
    await until("another tab has opened the stream", () => seen.to(LIVE_PATH).length === 1);
    await sleep(500);
    expect(seen.to(LIVE_PATH)).toHaveLength(1);
    expectNobodyNoticed();
  });
});
