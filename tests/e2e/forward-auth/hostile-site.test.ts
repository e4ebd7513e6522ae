import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { type Arrangement, arrange, browserFlags, waitingComputer } from "../../helpers/browser/forward-auth";
import { openSignedIn, waitForHome } from "../../helpers/browser/sign-in";
import { cookieNames } from "../../helpers/cookie-names";
import { hasNginx } from "../../helpers/process/nginx";
import { hostileScript } from "./hostile-script";

let browser: Browser;
describeInBrowser("a script that got into a site", () => {
  beforeAll(async () => {
    browser = await launchBrowser(browserFlags);
  });
  afterAll(() => browser?.close());

  describe.runIf(hasNginx).each([
    ["another port of Countersign's host, over http", undefined],
    ["a neighbour of Countersign's host name, over https", "reports.example.test"],
    ["a host name that has nothing to do with Countersign's, over https", "reports.another.test"],
  ])("on %s", (_, name) => {
    let arrangement: Arrangement;
    let profile: BrowserContext;
    let account: Page;
    let page: Page;

    beforeAll(async () => {
      arrangement = await arrange(name);
      profile = await openProfile(browser);
      account = await openSignedIn(profile, arrangement.accounts, "ada");
      page = await profile.newPage();
    });
    afterAll(async () => {
      await profile?.close();
      await arrangement?.stop();
    });

    it("the page opens for a signed-in person, and the site learns who it is and gets no cookie of ours", async () => {
      const { site, application } = arrangement;
      await page.goto(`${site}/q3?by=team`);
      await page.waitForURL(`${site}/q3?by=team`);
      expect(await page.getByText("The plan").isVisible()).toBe(true);
      const seen = application.seen.find(({ path }) => path === "/q3?by=team");
      expect(seen?.headers["remote-user"]).toBe("ada");
      expect(seen?.headers.cookie).toBeUndefined();
    });

    it("gets nothing: no key, no token, no approval, no cookie, no answer, no window, no service worker", async () => {
      const { accounts, site } = arrangement;
      const computer = await waitingComputer(arrangement);
      expect(new URL(page.url()).origin).toBe(site);
      expect(
        await page.evaluate(hostileScript, {
          accounts,
          qrId: computer.qrId,
          cookieNames: Object.values(cookieNames(accounts)),
        }),
      ).toEqual([]);
      expect(await computer.status()).toBe("pending");
    });

    it("changes nothing: the signed-in person still is, under the same name", async () => {
      await account.goto(`${arrangement.accounts}/`);
      await waitForHome(account, "ada");
      const { application, site } = arrangement;
      await page.goto(`${site}/q4`);
      expect(application.seen.at(-1)?.headers["remote-user"]).toBe("ada");
    });
  });

  describe.runIf(hasNginx)("where it may never be, on Countersign's own origin", () => {
    it("gets the key, a token, and a computer of its own approved: it is the script that was to be feared", async () => {
      const arrangement = await arrange();
      const profile = await openProfile(browser);
      const page = await openSignedIn(profile, arrangement.accounts, "ada");
      const computer = await waitingComputer(arrangement);
      const loot = await page.evaluate(hostileScript, {
        accounts: arrangement.accounts,
        qrId: computer.qrId,
        cookieNames: Object.values(cookieNames(arrangement.accounts)),
      });
      expect(loot).toEqual(
        expect.arrayContaining(["the device's key", "an access token", "an approved computer"]),
      );
      expect(await computer.status()).toBe("approved");
      await profile.close();
      await arrangement.stop();
    });
  });
});
