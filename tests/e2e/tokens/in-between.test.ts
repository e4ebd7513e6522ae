import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { openSignedIn, PASSWORD, submitSignIn, waitForHome } from "../../helpers/browser/sign-in";
import { REFRESH_PATH, watch } from "../../helpers/browser/watch";
import { cookieNames } from "../../helpers/cookie-names";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

const LIFETIME_IN_SECONDS = 2;

describeInBrowser("from page to page", () => {
  let server: RunningServer;
  let browser: Browser;
  let profile: BrowserContext;

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

  it("opened after the view cookie's life: a calm in-between, never the sign-in page, and then home", async () => {
    profile = await openProfile(browser);
    const first = await openSignedIn(profile, server.url, "ada");
    await first.close();
    await sleep((LIFETIME_IN_SECONDS + 0.5) * 1000);
    expect((await profile.cookies()).map(({ name }) => name)).toEqual([cookieNames(server.url).refresh]);
    const seen = watch(profile);
    const headings: string[] = [];
    const page = await profile.newPage();
    await page.exposeFunction("tellHeading", (text: string) => headings.push(text));
    await page.addInitScript(() => {
      let last = "";
      const tell = (globalThis as unknown as { tellHeading: (text: string) => void }).tellHeading;
      new MutationObserver(() => {
        const text = `${location.pathname} ${document.querySelector("h1")?.textContent ?? ""}`;
        if (text !== last && document.querySelector("h1")) tell(text);
        last = text;
      }).observe(document, { childList: true, subtree: true, characterData: true });
    });
    await page.goto(server.url);
    await waitForHome(page, "ada");
    expect([...new Set(headings)]).toEqual(["/ One moment", "/ Hello, ada"]);
    expect([...new Set(seen.documents)]).toEqual([`${server.url}/`]);
    expect(seen.to(REFRESH_PATH).length).toBeGreaterThan(0);
    expect(seen.messages).toEqual([]);
    await profile.close();
  });

  const hostile = [
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example/",
    "https:evil.example",
    "javascript:alert(1)",
    "/@evil.example",
    "@evil.example",
    "/%2f%2fevil.example",
    "%2f%2fevil.example",
    "/%5cevil.example",
    "/%250d%250aLocation:%20https://evil.example",
    "/\r\nLocation: https://evil.example",
    "/\t/evil.example",
    "/password/..//evil.example",
    "http://localhost@evil.example/",
  ];
  it.each(hostile)("a return address %j ends on our own home after sign-in", async (address) => {
    profile = await openProfile(browser);
    const seen = watch(profile);
    const page = await profile.newPage();
    await page.goto(`${server.url}/sign-in?return=${encodeURIComponent(address)}`);
    await submitSignIn(page, "ada");
    await waitForHome(page, "ada");
    expect(seen.requests.filter(({ url }) => new URL(url).origin !== server.url)).toEqual([]);
    await profile.close();
  });

  it("a return address of ours is gone back to", async () => {
    profile = await openProfile(browser);
    const page = await profile.newPage();
    await page.goto(`${server.url}/password`);
    await page.waitForURL("**/sign-in?return=%2Fpassword");
    await submitSignIn(page, "ada");
    await page.waitForURL(`${server.url}/password`);
    await profile.close();
  });
});
