import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { describe } from "vitest";

const browserPath = process.env.COUNTERSIGN_BROWSER ?? "";

/** A group of tests in a real browser; left out, loudly (see the test script), where there is none. */
export const describeInBrowser = describe.runIf(browserPath !== "");

/** Quiet and self-contained: no first-run pages, no sandbox (root in CI has none), no calls home. */
export const browserFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launchBrowser(moreFlags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: browserPath, args: [...browserFlags, ...moreFlags] });
}

/** A browser of its own as far as sites can tell: cookies, storage and keys are not shared with other contexts. */
export function openProfile(browser: Browser): Promise<BrowserContext> {
  return browser.newContext({ locale: "en-US" });
}

export function openTabs(profile: BrowserContext, count: number): Promise<Page[]> {
  return Promise.all(Array.from({ length: count }, () => profile.newPage()));
}
