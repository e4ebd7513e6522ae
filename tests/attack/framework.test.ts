import { readdirSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attack } from "../helpers/lab/attack";
import { startBareHost } from "../helpers/process/bare-host";
import { type RawAnswer, sendRaw } from "../helpers/process/raw-request";
import { startServer } from "../helpers/process/server";

interface Host {
  readonly url: string;
  output(): string;
  dispose(): Promise<void>;
}

const hosts: readonly [string, () => Promise<Host>][] = [
  ["our own server", () => startServer({ env: { CAPTCHA: "off" } })],
  ["a bare next start", () => startBareHost()],
];

/** Every address that the framework answers, or has answered, by itself, and what comes of it here. */
const frameworkAddresses: readonly [path: string, status: number][] = [
  ["/_next/image", 404],
  ["/_next/image?url=%2Ficon.svg&w=64&q=75", 404],
  ["/_next/image?url=%2Fapi%2Fhealth&w=64&q=75", 404],
  ["/_next/image?url=https%3A%2F%2Fexample.com%2Fx.png&w=64&q=75", 404],
  ["/_NEXT/image?url=%2Ficon.svg&w=64&q=75", 404],
  ["/%5fnext/image?url=%2Ficon.svg&w=64&q=75", 404],
  ["/_next%2fimage?url=%2Ficon.svg&w=64&q=75", 404],
  ["/_next/data/x/index.json", 404],
  ["/_next/data/x/sign-in.json", 404],
  ["/_next", 404],
  ["/_next/", 404],
  ["/_next/webpack-hmr", 404],
  ["/_next/postponed/resume/sign-in", 404],
  ["/_next/static/no-such-file.js", 404],
  ["/_next/static/%", 404],
  ["/__nextjs_original-stack-frame", 404],
  ["/__nextjs_original-stack-frames", 404],
  ["/__nextjs_source-map?filename=x", 404],
  ["/__nextjs_font/x", 404],
  ["/__nextjs_launch-editor?file=x", 404],
  ["/__nextjs_error_feedback", 404],
  ["/_vercel/insights", 404],
  ["/404", 404],
  ["/500", 404],
  ["/_error", 404],
  ["/_app", 404],
  ["/_document", 404],
  ["/_middleware", 404],
  ["/_not-found", 404],
  ["/_global-error", 404],
  ["/signed-out.rsc", 404],
  ["/index.segments/_tree.segment.rsc", 404],
  ["/favicon.ico", 404],
  ["/robots.txt", 404],
  ["/sitemap.xml", 404],
  ["/opengraph-image", 404],
  ["/manifest.webmanifest", 200],
  ["/icon.svg", 200],
  ["/apple-icon.png", 200],
  ["/signed-out?_rsc=x", 200],
  ["/signed-out?nxtPid=%ff&__nextLocale=x&amp=1", 200],
];

const headersOfAll: readonly [name: string, value: string | RegExp][] = [
  ["content-security-policy", /frame-ancestors 'none'/],
  ["content-security-policy", /base-uri 'none'/],
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "no-referrer"],
  ["x-frame-options", "DENY"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
];

/** What is wrong with an answer, whatever the request was. */
function faultsOf({ status, headers }: RawAnswer): string[] {
  const faults = headersOfAll
    .filter(([name, value]) => !(headers[name] ?? "").match(value))
    .map(([name]) => `no ${name}`);
  return status >= 200 && status < 500 ? faults : [`status ${status}`, ...faults];
}

const hostilePaths = [
  "/q/%",
  "/q/a%zz",
  "/q/%ff",
  "/%",
  "/%ff",
  "/q/%c0%ae",
  "/q/%0A",
  "/x%1b[2J",
  "/q/%00",
  "/sign-in/",
  "/_next//",
];

const hostileHeaders: readonly Record<string, string>[] = [
  { rsc: "1", "next-router-state-tree": "x" },
  { rsc: "1", "next-router-state-tree": "%" },
  { rsc: "1", "next-router-state-tree": "[]" },
  { rsc: "1", "next-router-state-tree": "null" },
  { rsc: "1", "next-router-state-tree": encodeURIComponent("[".repeat(3_000)) },
  { rsc: "1", "next-router-state-tree": encodeURIComponent('["",{}]') },
  { rsc: "1", "next-router-state-tree": encodeURIComponent('["",{"children":["x",{}]},null,"refetch"]') },
  { rsc: "2" },
  { rsc: "1", "next-url": "%" },
  { rsc: "1", "next-url": "/%ff" },
  { rsc: "1", "next-router-prefetch": "1", "next-router-segment-prefetch": "/x/%" },
  { rsc: "1", "next-router-prefetch": "1", "next-router-segment-prefetch": "/_tree" },
  { "next-router-prefetch": "x" },
  { "next-action": "x" },
  { "next-action": "0".repeat(42), "content-type": "multipart/form-data; boundary=x" },
  { "next-resume": "1", "content-type": "text/plain" },
  { "x-nextjs-data": "1" },
  { "x-nextjs-request-id": "%" },
  { "x-nextjs-html-request-id": '"><script>' },
  { "x-nextjs-cache": "HIT", "x-nextjs-postponed": "1" },
  { accept: "text/x-component" },
  { "accept-language": "%,".repeat(2_000) },
  { cookie: "NEXT_LOCALE=%; countersign-view=%; __prerender_bypass=x; __next_preview_data=x" },
  { cookie: "a=%;".repeat(2_000) },
  { "content-security-policy": "script-src 'nonce-\"><script>'" },
  { "content-type": "multipart/form-data; boundary=x" },
  { range: "bytes=5-1" },
  { "if-none-match": "*", "if-modified-since": "x" },
  { "content-length": "5" },
];

/** As the framework's own pages do: a request for page data is led to an address with its checksum first. */
async function ask(
  url: string,
  target: string,
  headers: Record<string, string>,
  method = "GET",
): Promise<RawAnswer[]> {
  const first = await sendRaw(url, target, headers, method);
  const { location = "" } = first.headers;
  if (!location.includes("_rsc=")) return [first];
  const { pathname, search } = new URL(location, url);
  return [first, await sendRaw(url, pathname + search, headers, method)];
}

describe.each(hosts)("%s", (_name, start) => {
  let host: Host;
  let filesBefore: number;

  beforeAll(async () => {
    filesBefore = filesOfPages();
    host = await start();
  });

  afterAll(() => host?.dispose());

  it.each(frameworkAddresses)(
    "%s is answered with %d, with our headers, and runs nothing",
    async (target, status) => {
      for (const method of ["GET", "HEAD"]) {
        const answer = await sendRaw(host.url, target, {}, method);
        expect([answer.status, ...faultsOf(answer)]).toEqual([status]);
      }
    },
  );

  it("a built file is served, with our headers", async () => {
    const { body } = await sendRaw(host.url, "/signed-out");
    const script = /\/_next\/static\/[^"\\]+\.js/.exec(body)?.[0] ?? "";
    const answer = await sendRaw(host.url, script);
    expect([answer.status, ...faultsOf(answer)]).toEqual([200]);
    expect(answer.headers["cache-control"]).toContain("immutable");
  });

  attack(
    "page addresses that cannot be read",
    `${hostilePaths.length} of ${hostilePaths.length} refused with our headers`,
    async () => {
      const answers = await Promise.all(hostilePaths.map((target) => sendRaw(host.url, target)));
      const refused = answers.filter((answer) => answer.status >= 300 && faultsOf(answer).length === 0);
      return `${refused.length} of ${answers.length} refused with our headers`;
    },
  );

  attack("headers of the framework in any form", "no 5xx, no answer without our headers", async () => {
    const faults: string[] = [];
    for (const target of ["/signed-out", "/sign-in", "/no-such-page", "/q/x"]) {
      for (const headers of hostileHeaders) {
        for (const answer of await ask(host.url, target, headers))
          faults.push(...faultsOf(answer).map((fault) => `${target} ${JSON.stringify(headers)}: ${fault}`));
      }
    }
    return faults[0] ?? "no 5xx, no answer without our headers";
  });

  attack("random addresses, headers and methods", "no 5xx, no answer without our headers", async () => {
    // Short ones: Node itself refuses headers of more than 16 KiB in all.
    const known = hostileHeaders.flatMap((headers) => Object.values(headers));
    const value = fc.oneof(
      fc.constantFrom(...known.filter((text) => text.length < 100)),
      fc.webQueryParameters().map((text) => text.slice(0, 1_000)),
    );
    const names = [...new Set(hostileHeaders.flatMap((headers) => Object.keys(headers)))].filter(
      (name) => name !== "content-length",
    );
    const segment = fc.oneof(
      fc.constantFrom(
        "q",
        "sign-in",
        "signed-out",
        "_next",
        "static",
        "image",
        "data",
        "%",
        "%ff",
        "%2f",
        "%5f",
        "[id]",
        "...",
      ),
      fc.webSegment(),
    );
    // Those of the API have their own fuzz.
    const path = fc
      .array(segment, { minLength: 1, maxLength: 4 })
      .map((parts) => `/_/${parts.join("/")}`.replace("/_/", "/"));
    const request = fc.record({
      target: path.filter(
        (target) =>
          !/^\/(api|oauth|\.well-known)\//.test(target) &&
          !/\/\.{1,2}(\/|$)/.test(target) &&
          !target.startsWith("//"),
      ),
      headers: fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 4 }),
      method: fc.constantFrom("GET", "GET", "HEAD"),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ target, headers, method }) => {
        for (const answer of await ask(host.url, target, headers, method))
          expect(faultsOf(answer)).toEqual([]);
      }),
      { numRuns: 150 },
    );
    return "no 5xx, no answer without our headers";
  });

  attack("actions of the framework, by every method", "no 2xx, no 5xx", async () => {
    const seen: number[] = [];
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
      for (const headers of hostileHeaders.filter((given) => !("content-length" in given))) {
        const { status } = await sendRaw(
          host.url,
          "/signed-out",
          { ...headers, "content-length": "0" },
          method,
        );
        if (status < 300 || status >= 500) seen.push(status);
      }
    }
    return seen.length === 0 ? "no 2xx, no 5xx" : seen.join(", ");
  });

  attack(
    "lines and terminal commands in what the framework prints",
    "every line is one event of ours",
    async () => {
      for (const target of [
        "/_next/image?url=/x%0A{%22level%22:30,%22event%22:%22signed_in%22}&w=64&q=75",
        "/_next/image?url=/x%1B[2J%C2%9B2J&w=64&q=75",
        "/x%0A{%22level%22:30}",
        "/q/x%0A%1B[2J",
      ])
        await sendRaw(host.url, target);
      const afterStart = host.output().split("\n").slice(linesOfStart(host.output()));
      const odd = afterStart.filter((line) => line !== "" && !isEvent(line));
      return odd[0] ?? "every line is one event of ours";
    },
  );

  it("wrote no file for any of these requests", () => {
    expect(filesOfPages()).toBe(filesBefore);
  });
});

/** What people are to read at a start ends with the set-up link and an empty line. */
function linesOfStart(output: string): number {
  const lines = output.split("\n");
  return lines.findIndex((line) => line.includes("/setup#")) + 1;
}

function isEvent(line: string): boolean {
  try {
    const event = JSON.parse(line) as { level?: unknown; time?: unknown; event?: unknown };
    return /^[\x20-\x7e]*$/.test(line) && typeof event.time === "string" && event.event === undefined;
  } catch {
    return false;
  }
}

/** Our own server's pages are in its build, a bare host's where Next has made them. */
function filesOfPages(): number {
  const folders = [".next", "dist/current/.next"];
  return folders.reduce((sum, folder) => sum + readdirSync(folder, { recursive: true }).length, 0);
}
