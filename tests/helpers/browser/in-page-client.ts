import { build } from "esbuild";
import type { Page } from "playwright-core";
import type { CountersignClient } from "../../../src/client";

declare global {
  /** The client that a test has put into a page, beside the page's own. */
  var countersignService: string | undefined;
  var countersignTest: { readonly client: CountersignClient; readonly signedOut: string[] };
}

let bundle: Promise<string> | undefined;

/**
 * Puts a client of the real package into a page, as a second one of the same tab: it shares key, tokens and locks with
 * the tabs of this browser. Reach it as `countersignTest.client` in `page.evaluate`.
 *
 * @param service where the service is, when the page is another team's
 */
export async function addClient(page: Page, service?: string): Promise<void> {
  bundle ??= bundleClient();
  await page.evaluate((url) => {
    globalThis.countersignService = url;
  }, service);
  await page.evaluate(await bundle);
}

async function bundleClient(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { createCountersignClient } from "./src/client";
        const signedOut = [];
        const client = createCountersignClient({
          url: globalThis.countersignService ?? location.origin,
          delivery: "cookie",
          onSignedOut: ({ reason }) => signedOut.push(reason),
        });
        globalThis.countersignTest = { client, signedOut };
      `,
      resolveDir: process.cwd(),
      loader: "ts",
    },
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    target: "es2023",
    splitting: false,
  });
  const text = outputFiles[0]?.text;
  if (!text) throw new Error("esbuild made no client.");
  return text;
}

/** Calls `auth.me` so many times at once, as unlike calls of a page would come. */
export function burst(page: Page, calls: number): Promise<string[]> {
  return page.evaluate(
    async (count) =>
      Promise.all(
        Array.from(
          { length: count },
          async () => (await countersignTest.client.trpc.auth.me.query()).user.username,
        ),
      ),
    calls,
  );
}

/** A call that must not throw here: the name of the user, or why there was none. */
export function whoAmI(page: Page): Promise<string> {
  return page.evaluate(() =>
    countersignTest.client.trpc.auth.me.query().then(
      (me) => me.user.username,
      (error: unknown) => String(error),
    ),
  );
}
