import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile, openTabs } from "../../helpers/browser/browser";
import { type Arrangement, arrange, browserFlags } from "../../helpers/browser/forward-auth";
import { addClient, burst } from "../../helpers/browser/in-page-client";
import { openSignedIn, waitForHome } from "../../helpers/browser/sign-in";
import { watch } from "../../helpers/browser/watch";
import { hasNginx } from "../../helpers/process/nginx";

const TABS = 10;

/** Nginx speaks HTTP/2 to the browser, so all tabs share one connection, and HTTP/1.1 to us: our limits of a connection. */
describe.runIf(hasNginx)("ordinary use behind nginx", () => {
  describeInBrowser("by HTTP/2", () => {
    let arrangement: Arrangement;
    let browser: Browser;
    let profile: BrowserContext;

    beforeAll(async () => {
      arrangement = await arrange("reports.example.test");
      browser = await launchBrowser(browserFlags);
      profile = await openProfile(browser);
    });
    afterAll(async () => {
      await browser?.close();
      await arrangement?.stop();
    });

    it("in ten tabs that hear of events at once: every call is answered, and a sign-out reaches them all", async () => {
      const seen = watch(profile);
      const first = await openSignedIn(profile, arrangement.accounts, "ada");
      const tabs: Page[] = [first, ...(await openTabs(profile, TABS - 1))];
      await Promise.all(tabs.slice(1).map((tab) => tab.goto(arrangement.accounts)));
      await Promise.all(tabs.map((tab) => waitForHome(tab, "ada")));
      expect(await protocolsOf(first)).toEqual(["h2"]);
      await Promise.all(tabs.map((tab) => addClient(tab)));
      const answers = await Promise.all(tabs.map((tab) => burst(tab, 20)));
      expect(answers.flat()).toEqual(Array.from({ length: TABS * 20 }, () => "ada"));
      expect(seen.messages).toEqual([]);
      await first.getByRole("button", { name: "Sign out", exact: true }).click();
      await Promise.all(tabs.map((tab) => tab.waitForURL(/\/(signed-out|sign-in)/)));
    });
  });
});

/** How the page itself and what it asked for came. */
function protocolsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const entries = [
      ...performance.getEntriesByType("navigation"),
      ...performance.getEntriesByType("resource"),
    ] as PerformanceResourceTiming[];
    return [...new Set(entries.map((entry) => entry.nextHopProtocol).filter((protocol) => protocol !== ""))];
  });
}
