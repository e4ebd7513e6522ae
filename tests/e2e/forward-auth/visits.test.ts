import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { type Arrangement, arrange, browserFlags } from "../../helpers/browser/forward-auth";
import { expectSound, openScreen, screens } from "../../helpers/browser/screens";
import { openSignedIn, submitSignIn } from "../../helpers/browser/sign-in";
import { hasNginx } from "../../helpers/process/nginx";

/** A person, a site that has nothing to do with Countersign's host name, and the way between them. */
describeInBrowser("a visit to a protected site", () => {
  describe.runIf(hasNginx)("behind nginx", () => {
    let arrangement: Arrangement;
    let browser: Browser;
    let profile: BrowserContext;
    let page: Page;

    beforeAll(async () => {
      arrangement = await arrange("reports.another.test", { ACCESS_TOKEN_LIFETIME: "2" });
      browser = await launchBrowser(browserFlags);
    });
    afterAll(async () => {
      await browser?.close();
      await arrangement?.stop();
    });
    beforeEach(async () => {
      await profile?.close();
      profile = await openProfile(browser);
      page = await profile.newPage();
    });

    const opens = (path: string) => page.waitForURL(arrangement.site + path);
    const siteCookies = async () =>
      (await profile.cookies(arrangement.site)).filter(({ name }) => name.includes("countersign"));

    it("leads through the sign-in page to the page that was asked for, query and all", async () => {
      const { site, accounts } = arrangement;
      await page.goto(`${site}/q3?by=team&of=%2F%2Fall`);
      expect(new URL(page.url()).pathname).toBe("/sign-in");
      const addresses: string[] = [];
      page.on("request", (request) => addresses.push(request.url()));
      await submitSignIn(page, "ada");
      await opens("/q3?by=team&of=%2F%2Fall");
      const cookies = await siteCookies();
      expect(cookies.map(({ name }) => name)).toEqual([`__Host-countersign-site-${new URL(site).port}`]);
      expect(cookies[0]).toMatchObject({ httpOnly: true, secure: true, sameSite: "Lax", path: "/" });
      const secret = cookies[0]?.value ?? "";
      expect(addresses.filter((address) => address.includes(secret) || /code=/.test(address))).toEqual([]);
      expect(addresses.some((address) => address.startsWith(`${accounts}/hand-over?`))).toBe(true);
    });

    it("finds the session though the view cookie has run out, and Back does not lead forward again", async () => {
      const { site, accounts } = arrangement;
      await openSignedIn(profile, accounts, "ada").then((account) => account.close());
      await page.waitForTimeout(2_100);
      await page.goto(`${site}/`);
      await opens("/");
      await page.goto(`${site}/q4`);
      await page.goBack();
      expect(page.url()).toBe(`${site}/`);
    });

    it("lets a page of the site call its own interface with its own Authorization (better-auth#932, ivory#727)", async () => {
      await openSignedIn(profile, arrangement.accounts, "ada");
      await page.goto(`${arrangement.site}/`);
      await opens("/");
      const call = (authorization: string) =>
        page.evaluate(async (value) => {
          const answer = await fetch("/api/rows", { headers: { authorization: value } });
          return `${answer.status} ${(await answer.text()).slice(0, 30)}`;
        }, authorization);
      expect(await call("Bearer the-application's-own")).toMatch(/^200 /);
      for (const other of ["Bearer of-nobody", "Basic YWRhOnB3", "Token 1234"]) {
        expect(await call(other)).toBe("401 the application's own 401");
      }
    });

    it("signs out from the site after a question, everywhere: a fetch of its page gets 401, a reload the sign-in page", async () => {
      const { site, accounts } = arrangement;
      await openSignedIn(profile, accounts, "ada");
      await page.goto(`${site}/`);
      await opens("/");
      const leaving = await profile.newPage();
      await leaving.goto(`${site}/.countersign/sign-out`);
      expect(leaving.url()).toBe(`${accounts}/sign-out`);
      expect(await page.evaluate(() => fetch("/q3").then(({ status }) => status))).toBe(200);
      await leaving.getByRole("button", { name: "Sign out" }).click();
      await leaving.getByText("You’re signed out.").waitFor();
      expect(await page.evaluate(() => fetch("/q3").then(({ status }) => status))).toBe(401);
      await page.reload();
      await page.waitForURL(({ origin, pathname }) => origin === accounts && pathname === "/sign-in");
    });

    it("says so when the browser kept no cookie of the beginning, and goes round in no circle", async () => {
      const { site, accounts } = arrangement;
      await openSignedIn(profile, accounts, "ada");
      await page.route("**/api/trpc/site.issueCode*", async (route) => {
        await profile.clearCookies({ name: /countersign-start/ });
        await route.continue();
      });
      await page.goto(`${site}/q3`);
      await page.getByRole("heading", { name: "That didn’t work" }).waitFor();
      expect(await siteCookies()).toEqual([]);
      await page.unroute("**/api/trpc/site.issueCode*");
      await page.getByRole("link", { name: /^Open reports\.another\.test/ }).click();
      await opens("/");
    });

    it("is refused by a page that knows the site not, and does not repeat its name", async () => {
      await page.goto(`${arrangement.accounts}/hand-over?site=evil.example&state=AbCdEfGhIjKlMnOpQr_-12`);
      await page.getByRole("heading", { name: "Unknown site" }).waitFor();
      expect(await page.locator("body").innerText()).not.toContain("evil");
      const policy = (await page.reload())?.headers()["content-security-policy"] ?? "";
      expect(policy).toMatch(/form-action 'self'(;|$)/);
    });

    it.each(screens)("has pages that are sound: $name", async (screen) => {
      const { accounts, site } = arrangement;
      const context = await openScreen(browser, screen);
      const account = await context.newPage();
      await account.goto(`${accounts}/sign-in`);
      await submitSignIn(account, "ada");
      await account.waitForURL(`${accounts}/`);
      const host = encodeURIComponent(new URL(site).host);
      const shown = async (address: string, state: string) => {
        await account.goto(accounts + address);
        await account.locator("h1").waitFor();
        await expectSound(account, screen, state);
        await account.screenshot({
          path: `test-results/screens/${state} ${screen.name}.png`.replace(/[ ,%]+/g, "-"),
        });
      };
      await shown("/hand-over?site=evil.example", "unknown site");
      await shown(`/hand-over?site=${host}&failed=1`, "failed");
      await shown("/sign-out", "sign-out");
      let answer = () => {};
      await account.route("**/api/trpc/site.issueCode*", async (route) => {
        await new Promise<void>((done) => {
          answer = done;
        });
        await route.fulfill({ status: 503, json: { error: "down" } });
      });
      await shown(`/hand-over?site=${host}&state=AbCdEfGhIjKlMnOpQr_-12`, "working");
      answer();
      await account.getByRole("main").getByRole("button").waitFor();
      await expectSound(account, screen, "unavailable");
      await account.screenshot({
        path: `test-results/screens/unavailable-${screen.name}.png`.replace(/[ ,%]+/g, "-"),
      });
      await context.close();
    });
  });
});
