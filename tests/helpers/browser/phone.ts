import Database from "better-sqlite3";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import type { RunningServer } from "../process/server";

/** Where the phones of these tests come from, when the service believes the proxy before it. */
export const PHONE_ADDRESS = "198.51.100.4";

/** A phone's browser: its size, its touch, its network. */
export function openPhone(browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  return browser.newContext({
    locale: "en-US",
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
    extraHTTPHeaders: { "x-forwarded-for": PHONE_ADDRESS },
    ...options,
  });
}

/** Presses Approve as soon as it may be pressed. */
export async function approve(page: Page): Promise<void> {
  await page.locator('#approve[aria-disabled="false"]').click();
}

/** The name of the first heading: which screen it is. */
export async function heading(page: Page): Promise<string> {
  return (await page.locator("h1").textContent()) ?? "";
}

/**
 * Moves the end of one request or of its ticket, in the service's own table.
 *
 * @param inMs from now; a moment ago unless it is given
 */
export function age(
  server: RunningServer,
  qrId: string,
  column: "expiresAt" | "ticketExpiresAt",
  inMs = -1_000,
): void {
  const database = openDatabase(server);
  const { stored } = database
    .prepare(`SELECT typeof("${column}") AS stored FROM "QrLogin" WHERE "id" = ?`)
    .get(qrId) as { stored: string };
  const end = Date.now() + inMs;
  database
    .prepare(`UPDATE "QrLogin" SET "${column}" = ? WHERE "id" = ?`)
    .run(stored === "text" ? new Date(end).toISOString() : end, qrId);
  database.close();
}

/** As if the computer had sent a forwarding header to a service that is behind no proxy. */
export function forgetNetwork(server: RunningServer, qrId: string): void {
  const database = openDatabase(server);
  database.prepare(`UPDATE "QrLogin" SET "network" = NULL WHERE "id" = ?`).run(qrId);
  database.close();
}

function openDatabase(server: RunningServer): Database.Database {
  const database = new Database(`${server.dataDir}/countersign.db`);
  database.pragma("busy_timeout = 5000");
  return database;
}
