import { join } from "node:path";
import Database from "better-sqlite3";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile, openTabs } from "../../helpers/browser/browser";
import { addClient, whoAmI } from "../../helpers/browser/in-page-client";
import { openSignedIn, PASSWORD, waitForHome } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { LIVE_PATH, type Watch, watch } from "../../helpers/browser/watch";
import { addUser, type RunningServer, runOperator, startServer } from "../../helpers/process/server";

/** Signing out and being signed out, as the tabs see it; security bar 22 and 60. */
describeInBrowser("the end of a session", () => {
  let server: RunningServer;
  let browser: Browser;
  let profile: BrowserContext;
  let seen: Watch;
  let tabs: Page[];

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off" } });
    await addUser(server, "ada", PASSWORD);
    browser = await launchBrowser();
  });

  beforeEach(async () => {
    profile = await openProfile(browser);
    seen = watch(profile);
    tabs = [await openSignedIn(profile, server.url, "ada"), ...(await openTabs(profile, 2))];
    await Promise.all(tabs.slice(1).map((tab) => tab.goto(server.url)));
    await Promise.all(tabs.map((tab) => waitForHome(tab, "ada")));
    await until("one stream for all tabs", () => seen.open(LIVE_PATH) === 1);
    await Promise.all(tabs.map((tab) => addClient(tab)));
  });

  afterEach(async () => {
    await profile.close();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  const path = (page: Page) => new URL(page.url()).pathname;

  /** When each tab, on its own, asked for the sign-in page. */
  function leaveTimes(): Promise<number[]> {
    return Promise.all(tabs.map((tab) => tab.waitForRequest(`${server.url}/sign-in`).then(() => Date.now())));
  }

  it.each([1, 2])(
    "signing out in tab %d, which does not hold the stream: the other two leave within seconds",
    async (asked) => {
      await tabs[asked]?.getByRole("button", { name: "Sign out", exact: true }).click();
      await Promise.all(tabs.map((tab) => tab.waitForURL("**/signed-out", { timeout: 10_000 })));
    },
  );

  const handicaps = {
    "no BroadcastChannel": (to: BrowserContext) =>
      to.addInitScript(() => Reflect.deleteProperty(globalThis, "BroadcastChannel")),
    "no live stream": (to: BrowserContext) => to.route(`**${LIVE_PATH}*`, (route) => route.abort()),
    "neither of them": async (to: BrowserContext) => {
      await handicaps["no BroadcastChannel"](to);
      await handicaps["no live stream"](to);
    },
  };
  it.each(Object.entries(handicaps))(
    "signing out where there is %s: every tab leaves all the same",
    async (_, hinder) => {
      await profile.close();
      profile = await openProfile(browser);
      await hinder(profile);
      tabs = [await openSignedIn(profile, server.url, "ada"), await profile.newPage()];
      await tabs[1]?.goto(server.url);
      await Promise.all(tabs.map((tab) => waitForHome(tab, "ada")));
      await tabs[1]?.getByRole("button", { name: "Sign out", exact: true }).click();
      await tabs[1]?.waitForURL("**/signed-out", { timeout: 10_000 });
      // Without a channel the other may learn of the end from the service first, which does not say that it was asked for.
      await tabs[0]?.waitForURL(/\/(signed-out|sign-in)$/, { timeout: 10_000 });
    },
  );

  it("signing out in one tab takes the others along, and no old credential is left", async () => {
    await tabs[0]?.getByRole("button", { name: "Sign out", exact: true }).click();
    await Promise.all(tabs.map((tab) => tab.waitForURL("**/signed-out")));
    const names = (await profile.cookies()).map(({ name }) => name);
    expect(names.filter((name) => name.includes("countersign"))).toEqual([]);
    await tabs[1]?.goto(server.url);
    expect(tabs[1] && path(tabs[1])).toBe("/sign-in");
  });

  it("revoked from another session: every open tab leaves by itself", async () => {
    const other = await openProfile(browser);
    try {
      const page = await openSignedIn(other, server.url, "ada");
      await addClient(page);
      const left = leaveTimes();
      const revokedAtInMs = await page.evaluate(async () => {
        const at = Date.now();
        await countersignTest.client.trpc.sessions.revokeOthers.mutate();
        return at;
      });
      const delaysInMs = (await left).map((at) => at - revokedAtInMs);
      console.log(
        `revoked elsewhere → left by three tabs after ${delaysInMs.join(", ")} ms, the call included`,
      );
      await Promise.all(tabs.map((tab) => tab.waitForURL("**/sign-in")));
      expect(await whoAmI(page)).toBe("ada");
    } finally {
      await other.close();
    }
  });

  it("disabled by the operator's command, another process: every open tab leaves by itself", async () => {
    const name = `user-${Date.now()}`;
    await addUser(server, name, PASSWORD);
    await profile.close();
    profile = await openProfile(browser);
    seen = watch(profile);
    tabs = [await openSignedIn(profile, server.url, name)];
    await until("a stream", () => seen.open(LIVE_PATH) === 1);
    await Promise.all(tabs.map((tab) => addClient(tab)));
    const left = leaveTimes();
    const committed = commitTime(join(server.dataDir, "countersign.db"), name);
    const { code } = await runOperator(server, ["user", "disable", name]);
    expect(code).toBe(0);
    const committedAtInMs = await committed;
    const delaysInMs = (await left).map((at) => at - committedAtInMs);
    console.log(`disabled by command → left by the tab ${delaysInMs.join(", ")} ms after the commit`);
    await Promise.all(tabs.map((tab) => tab.waitForURL("**/sign-in")));
  });
});

/** When the account was seen as disabled in the file, to a few milliseconds. */
async function commitTime(file: string, username: string): Promise<number> {
  const database = new Database(file, { readonly: true });
  try {
    const disabled = database.prepare('SELECT 1 FROM "User" WHERE username = ? AND disabledAt IS NOT NULL');
    await until("the command has committed", () => disabled.get(username) !== undefined, 30_000);
    return Date.now();
  } finally {
    database.close();
  }
}
