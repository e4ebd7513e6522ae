import axe, { type AxeResults } from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";

/** A person's language, theme and screen. */
export interface Screen {
  readonly name: string;
  readonly locale: "en-US" | "zh-CN";
  readonly colorScheme: "light" | "dark";
  readonly viewport: { readonly width: number; readonly height: number };
}

const desktop = { width: 1440, height: 900 };
/** WCAG 2.2, 1.4.10: 320 px, which is also 1,280 px at 400%. */
const narrow = { width: 320, height: 640 };

/** Each language in each theme; and both widths. */
export const screens: readonly Screen[] = [
  { name: "English, light, desktop", locale: "en-US", colorScheme: "light", viewport: desktop },
  { name: "Chinese, dark, desktop", locale: "zh-CN", colorScheme: "dark", viewport: desktop },
  { name: "Chinese, light, 320 px", locale: "zh-CN", colorScheme: "light", viewport: narrow },
  { name: "English, dark, 320 px", locale: "en-US", colorScheme: "dark", viewport: narrow },
];

export function openScreen(
  browser: Browser,
  { locale, colorScheme, viewport }: Screen,
): Promise<BrowserContext> {
  return browser.newContext({ locale, colorScheme, viewport: { ...viewport }, reducedMotion: "reduce" });
}

/** What the page was found to do wrong, in lines that say where. */
export async function findFaults(page: Page): Promise<string[]> {
  return [...(await axeFaults(page)), ...(await layoutFaults(page))];
}

/** Expects nothing wrong with the page as it is, and that it speaks the language of the screen. */
export async function expectSound(page: Page, screen: Screen, state: string): Promise<void> {
  expect(await findFaults(page), state).toEqual([]);
  const lang = await page.locator("html").getAttribute("lang");
  expect(lang, state).toBe(screen.locale === "zh-CN" ? "zh-Hans" : "en");
  const hasChinese = /\p{Script=Han}/u.test(await page.title());
  expect(hasChinese, `${state}: title "${await page.title()}"`).toBe(screen.locale === "zh-CN");
}

async function axeFaults(page: Page): Promise<string[]> {
  // Half a megabyte to compile: once for each document.
  if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(axe.source);
  const results = await page.evaluate<AxeResults>("axe.run({ resultTypes: ['violations'] })");
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html }) => `axe ${id}: ${html.slice(0, 200)}`),
  );
}

/** Sideways scrolling (WCAG 2.2, 1.4.10), and targets smaller than 48 px. */
function layoutFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const faults = scrollWidth > clientWidth ? [`scrolls sideways: ${scrollWidth} in ${clientWidth}`] : [];
    for (const target of document.querySelectorAll("button, input:not([hidden]), a[href]:not([href^='#'])")) {
      // A box that is ticked, or one of several that is chosen, is hit by its words as well.
      const hit = target.matches("[type=checkbox], [type=radio]")
        ? (target.closest("label") ?? target)
        : target;
      const { width, height } = hit.getBoundingClientRect();
      if (width === 0 || height === 0) continue;
      if (width < 47.5 || height < 47.5)
        faults.push(`small target ${width}x${height}: ${target.outerHTML.slice(0, 120)}`);
    }
    return faults;
  });
}

/** Counts how far content was pushed about, from now on and in the pages to come (Layout Instability). */
export async function watchLayoutShifts(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        shifts.push((entry as PerformanceEntry & { value: number }).value);
    }).observe({ type: "layout-shift", buffered: true });
  });
}

export function layoutShift(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { shifts } = window as unknown as { shifts: number[] };
    return shifts.reduce((sum, value) => sum + value, 0);
  });
}

/** The one status node of the page: what it says now. */
export async function statusOf(page: Page): Promise<string> {
  return (await page.getByRole("status").textContent()) ?? "";
}

/** The id of the element that has the focus. */
export function focusedId(page: Page): Promise<string> {
  return page.evaluate(() => document.activeElement?.id ?? "");
}
