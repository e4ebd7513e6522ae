import type { BrowserContext, Locator, Page } from "playwright-core";
import type { QrCreateOutput } from "../../../src/contract/qr";
import { until } from "./until";

/** The place of the sign-in page where the code stands, and what becomes of it. */
export function qrPanel(page: Page): Locator {
  return page.locator("[data-state]");
}

/** The state that the page shows: a status of `QrSignInView`. */
export async function waitForQrState(page: Page, state: string): Promise<void> {
  await page.locator(`[data-state="${state}"]`).waitFor({ timeout: 20_000 });
}

/** What the page says of the QR sign-in to those who listen. */
export async function qrSpoken(page: Page): Promise<string> {
  return (await page.locator("[data-spoken]").textContent()) ?? "";
}

/** All codes that the pages of a profile are given from now on, the newest last. */
export function collectCodes(profile: BrowserContext): readonly QrCreateOutput[] {
  const codes: QrCreateOutput[] = [];
  profile.on("response", (response) => {
    if (new URL(response.url()).pathname !== "/api/auth/qr" || response.status() !== 201) return;
    // A page that goes takes its answers along.
    response.json().then(
      (code: QrCreateOutput) => void codes.push(code),
      () => {},
    );
  });
  return codes;
}

/** Opens the sign-in page and waits for its code. */
export async function openWaiting(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await waitForQrState(page, "waiting");
}

/** The newest code of those collected, once there are so many. */
export async function nthCode(codes: readonly QrCreateOutput[], count: number): Promise<QrCreateOutput> {
  await until(`code number ${count}`, () => codes.length >= count);
  return codes[count - 1] as QrCreateOutput;
}

/** Notes what the page says of the QR sign-in, from its first text on. Read it by {@link heardOnPage}. */
export async function listenToQr(profile: BrowserContext): Promise<void> {
  await profile.addInitScript(() => {
    const heard: string[] = [];
    Object.assign(window, { heard });
    new MutationObserver(() => {
      const text = document.querySelector("[data-spoken]")?.textContent ?? "";
      if (text !== (heard.at(-1) ?? "")) heard.push(text);
    }).observe(document, { childList: true, subtree: true, characterData: true });
  });
}

export function heardOnPage(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as { heard: string[] }).heard);
}
