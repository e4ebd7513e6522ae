import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, BrowserContext, Page, Route } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { addClient, whoAmI } from "../../helpers/browser/in-page-client";
import { openSignedIn, waitForHome } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { LIVE_PATH, REFRESH_PATH, type Watch, watch } from "../../helpers/browser/watch";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

const LIFETIME_IN_SECONDS = 2;
const PASSWORD = "velvet quarry lamp seventeen";

const faults: readonly { readonly name: string; readonly meet: (route: Route) => Promise<void> }[] = [
  { name: "no network", meet: (route) => route.abort("internetdisconnected") },
  {
    name: "429",
    meet: (route) =>
      route.fulfill({
        status: 429,
        headers: { "retry-after": "1" },
        json: { error: "too_many_attempts", error_description: "Too many tries.", request_id: "r" },
      }),
  },
  { name: "500", meet: (route) => route.fulfill({ status: 500, body: "<h1>Internal Server Error</h1>" }) },
  {
    name: "a page of something in between",
    meet: (route) => route.fulfill({ status: 200, body: "<p>Wi-Fi</p>" }),
  },
];

describeInBrowser("what goes wrong on the way signs nobody out", () => {
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    server = await startServer({
      env: { CAPTCHA: "off", ACCESS_TOKEN_LIFETIME: String(LIFETIME_IN_SECONDS) },
    });
    await addUser(server, "ada", PASSWORD);
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  interface SignedIn {
    readonly profile: BrowserContext;
    readonly page: Page;
    readonly seen: Watch;
    everSignedOut(): string[];
  }

  /** In a profile of its own, signed in at home, so that tests that wait for the end of a token can wait together. */
  const whenSignedIn = (run: (it: SignedIn) => Promise<void>) => async () => {
    const profile = await openProfile(browser);
    try {
      const seen = watch(profile);
      const page = await openSignedIn(profile, server.url, "ada");
      await addClient(page);
      seen.clear();
      const everSignedOut = () => seen.documents.filter((url) => /sign-in|signed-out/.test(url));
      await run({ profile, page, seen, everSignedOut });
    } finally {
      await profile.close();
    }
  };

  const letTokenExpire = () => sleep((LIFETIME_IN_SECONDS + 0.3) * 1000);

  for (const { name, meet } of faults) {
    it.concurrent(
      `${name} on the refresh: the call fails, the session stays, and the next call works`,
      whenSignedIn(async ({ profile, page, seen, everSignedOut }) => {
        await profile.route(`**${REFRESH_PATH}`, meet);
        await letTokenExpire();
        expect(await whoAmI(page)).toMatch(/cannot be reached/);
        expect(seen.to(REFRESH_PATH).length).toBeGreaterThan(0);
        expect(await page.evaluate(() => countersignTest.client.auth.hint)).toBe("signed_in");
        expect(everSignedOut()).toEqual([]);
        await profile.unroute(`**${REFRESH_PATH}`);
        await until("a call works again", async () => (await whoAmI(page)) === "ada");
        expect(await page.evaluate(() => countersignTest.signedOut)).toEqual([]);
        expect(everSignedOut()).toEqual([]);
      }),
    );

    it.concurrent(
      `${name} while a page is opened: a calm in-between, which goes home by itself afterwards`,
      whenSignedIn(async ({ profile, page, everSignedOut }) => {
        await profile.route(`**${REFRESH_PATH}`, meet);
        await letTokenExpire();
        await page.goto(server.url);
        await page.getByText("The service can’t be reached right now.").waitFor();
        expect(await page.getByRole("heading").allInnerTexts()).toEqual(["That didn’t work yet"]);
        await profile.unroute(`**${REFRESH_PATH}`);
        await waitForHome(page, "ada");
        expect(everSignedOut()).toEqual([]);
      }),
    );
  }

  it.concurrent(
    "offline: a page that is open says so, and is itself again when the network is back",
    whenSignedIn(async ({ profile, page, everSignedOut }) => {
      await profile.setOffline(true);
      await letTokenExpire();
      expect(await whoAmI(page)).toMatch(/cannot be reached|Failed to fetch/);
      await page.getByText("You’re offline.").waitFor();
      await profile.setOffline(false);
      await until("a call works again", async () => (await whoAmI(page)) === "ada");
      await page.getByText("You’re offline.").waitFor({ state: "hidden" });
      expect(everSignedOut()).toEqual([]);
    }),
  );

  it(
    "kill -9 of the server and a new start: the open tab stays signed in, works, and has its stream again",
    whenSignedIn(async ({ page, seen, everSignedOut }) => {
      await until("a stream", () => seen.open(LIVE_PATH) === 1 || seen.to(LIVE_PATH).length > 0);
      await server.kill("SIGKILL");
      expect(await whoAmI(page)).toMatch(/cannot be reached|Failed to fetch/);
      seen.clear();
      await server.restart();
      expect(await whoAmI(page)).toBe("ada");
      await until("the stream is back", () => seen.open(LIVE_PATH) === 1, 40_000);
      await page.reload();
      await waitForHome(page, "ada");
      expect(everSignedOut()).toEqual([]);
    }),
  );
});
