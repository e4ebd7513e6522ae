import type { BrowserContext, Locator, Page } from "playwright-core";
import type { QrCreateOutput, QrStatusOutput } from "../../../src/contract/qr";
import { until } from "./until";

/** The place of the sign-in page where the code is, and what becomes of it. */
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

/**
 * Leaves a page nothing but polls, and changes what they tell of a code: the service's clock is not ours to move, and what
 * it tells goes before the page's own.
 */
export async function changePolls(
  page: Page,
): Promise<(code: QrCreateOutput, changes: Partial<QrStatusOutput>) => void> {
  const changesByCode = new Map<string, Partial<QrStatusOutput>>();
  await page.route("**/api/auth/qr/*/events", (route) => route.abort());
  await page.route("**/api/auth/qr/status", async (route) => {
    const { device_code } = route.request().postDataJSON() as { device_code: string };
    const response = await route.fetch();
    const told = (await response.json()) as QrStatusOutput;
    await route.fulfill({ response, json: { ...told, ...changesByCode.get(device_code) } });
  });
  return ({ device_code }, changes) => void changesByCode.set(device_code, changes);
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
