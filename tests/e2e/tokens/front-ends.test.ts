import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { addClient, whoAmI } from "../../helpers/browser/in-page-client";
import { openSignedIn, PASSWORD, waitForHome } from "../../helpers/browser/sign-in";
import { cookieNames } from "../../helpers/cookie-names";
import { findFreePort } from "../../helpers/process/free-port";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";
import { type Answering, handOnTo, listenByTls } from "../../helpers/process/tls-front";

const LIFETIME_IN_SECONDS = 2;
const blankPage: Answering = (_, response) =>
  void response.setHeader("content-type", "text/html").end("<!doctype html><title>app</title>");

async function listenPlainly(answer: Answering) {
  const server = createServer(answer).listen(0);
  await new Promise((done) => server.once("listening", done));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, close };
}

/** Cookies belong to a host, keys to an origin: three origins of one host have three sessions, and none is taken for theft. */
describeInBrowser("front ends in one browser", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });

  afterAll(() => browser?.close());

  describe.each(["http", "https"] as const)("three origins of one host, by %s", (scheme) => {
    let server: RunningServer;
    let profile: BrowserContext;
    let apps: readonly { origin: string; close(): void }[];
    let front: { port: number; close(): void } | undefined;

    beforeAll(async () => {
      const listen = scheme === "https" ? listenByTls : listenPlainly;
      apps = await Promise.all(
        [1, 2].map(async () => {
          const { port, close } = await listen(blankPage);
          return { origin: `${scheme}://localhost:${port}`, close };
        }),
      );
      const PORT = String(await findFreePort());
      front = scheme === "https" ? await listenByTls(handOnTo(Number(PORT))) : undefined;
      server = await startServer({
        env: {
          PORT,
          ...(front ? { APP_URL: `https://localhost:${front.port}`, TRUST_PROXY: "1" } : {}),
          CAPTCHA: "off",
          CORS_ORIGINS: apps.map(({ origin }) => origin).join(" "),
          ACCESS_TOKEN_LIFETIME: String(LIFETIME_IN_SECONDS),
        },
      });
      await addUser(server, "ada", PASSWORD);
    });

    beforeEach(async () => {
      profile = await browser.newContext({ locale: "en-US", ignoreHTTPSErrors: true });
    });

    afterEach(() => profile.close());

    afterAll(async () => {
      for (const { close } of [...(apps ?? []), ...(front ? [front] : [])]) close();
      await server?.dispose();
    });

    async function openApp(index: 0 | 1): Promise<Page> {
      const page = await profile.newPage();
      await page.goto(apps[index]?.origin ?? "");
      await addClient(page, server.url);
      return page;
    }

    const signInAt = (page: Page) =>
      page.evaluate(
        async (password) =>
          (await countersignTest.client.auth.signInWithPassword({ username: "ada", password })).status,
        PASSWORD,
      );
    const restoreAt = (page: Page) =>
      page.evaluate(async () => (await countersignTest.client.auth.restore()).status);

    async function expectNoAlarm(home: Page): Promise<void> {
      await addClient(home);
      const types = await home.evaluate(async () => {
        const { notices } = await countersignTest.client.trpc.sessions.notices.query();
        return notices.map(({ type }) => type);
      });
      expect(types.filter((type) => type !== "new_sign_in")).toEqual([]);
    }

    it("all three stay signed in past their access tokens, and home warns of nothing", async () => {
      const home = await openSignedIn(profile, server.url, "ada");
      const [one, two] = [await openApp(0), await openApp(1)];
      expect([await signInAt(one), await signInAt(two)]).toEqual(["signed_in", "signed_in"]);
      for (const round of [1, 2]) {
        await one.waitForTimeout(LIFETIME_IN_SECONDS * 1_000 + 100);
        expect([round, await whoAmI(one), await whoAmI(two)]).toEqual([round, "ada", "ada"]);
      }
      await home.reload();
      await waitForHome(home, "ada");
      const names = (await profile.cookies()).map(({ name }) => name);
      const own = cookieNames(server.url);
      const others = apps.map(({ origin }) => cookieNames(server.url, origin).refresh);
      expect(names.sort()).toEqual([own.refresh, own.view, ...others].sort());
      await expectNoAlarm(home);
    });

    it("an app that only looks ends nothing, and one that signs out ends its own session alone", async () => {
      const home = await openSignedIn(profile, server.url, "ada");
      const [one, two] = [await openApp(0), await openApp(1)];
      // With a key of its own there, it does ask the service.
      await one.evaluate(() => countersignTest.client.auth.getTicket());
      expect(await restoreAt(one)).toBe("signed_out");
      await one.evaluate(() => countersignTest.client.auth.signOut());
      await signInAt(two);
      await two.evaluate(() => countersignTest.client.auth.signOut());
      await home.waitForTimeout(LIFETIME_IN_SECONDS * 1_000 + 100);
      await home.reload();
      await waitForHome(home, "ada");
      await expectNoAlarm(home);
    });
  });

  it("two services on two ports of localhost: signed in at the second, one is still signed in at the first", async () => {
    const profile = await browser.newContext({ locale: "en-US" });
    const servers = await Promise.all([1, 2].map(() => startServer({ env: { CAPTCHA: "off" } })));
    try {
      for (const [index, { url }] of servers.entries()) {
        await addUser(servers[index] as RunningServer, `ada${index}`, PASSWORD);
        await openSignedIn(profile, url, `ada${index}`);
      }
      const [first, second] = servers as [RunningServer, RunningServer];
      const page = await profile.newPage();
      await page.goto(first.url);
      await waitForHome(page, "ada0");
      await page.getByRole("button", { name: "中文" }).click();
      await page.getByRole("button", { name: "English" }).waitFor();
      await page.goto(second.url);
      // Neither the name nor the language comes over from the other port.
      await waitForHome(page, "ada1");
      const names = (await profile.cookies()).map(({ name }) => name);
      expect(names.filter((name) => !name.startsWith("countersign-"))).toEqual([]);
      expect(names).toContain(`countersign-locale-${new URL(first.url).port}`);
    } finally {
      await Promise.all(servers.map((server) => server.dispose()));
      await profile.close();
    }
  });
});
