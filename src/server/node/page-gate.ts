import type { IncomingMessage, ServerResponse } from "node:http";
import { parseAndValidateFlightRouterState } from "next/dist/server/app-render/parse-and-validate-flight-router-state.js";
import { closedPolicy, fixedPageHeaders } from "./page-headers";

/** An address that has no page: the framework answers it with ours for that, and with status 404. */
const NO_PAGE = "/404";

/** The one folder of the framework's own addresses that is served: the built files. */
const BUILT_FILES = "/_next/static/";

/**
 * Comes before the framework, which answers some requests before any code of ours runs. Its answers then carry our headers
 * whatever becomes of them, and what it would stumble over, or answer by itself, becomes "no such page":
 *
 * - addresses that cannot be decoded, or that hold control characters;
 * - its own addresses (image optimizer, page data, error pages, development tools), all but built files;
 * - headers of its own in a form that its pages never send;
 * - anything but reading: what pages do, they do by the API.
 *
 * It changes the request in place. The headers of a page replace the ones set here.
 */
export function guardPage(request: IncomingMessage, response: ServerResponse): void {
  for (const [name, value] of fixedPageHeaders) response.setHeader(name, value);
  response.setHeader("Content-Security-Policy", closedPolicy);
  const path = (request.url ?? "/").split(/[?#]/, 1)[0] ?? "/";
  const names = Object.keys(request.headers).filter((name) => isOfTheFramework.test(name));
  const unreadable = names.some((name) => sentByPages[name]?.(String(request.headers[name])) === false);
  const isReading = request.method === "GET" || request.method === "HEAD";
  if (!isReading || unreadable || !isServed(path)) request.url = NO_PAGE;
  // What makes a form an action of the framework's.
  if (!isReading) delete request.headers["content-type"];
  for (const name of names) {
    if (request.url === NO_PAGE || sentByPages[name] === undefined) delete request.headers[name];
  }
}

function isServed(path: string): boolean {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return false;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(decoded)) return false;
  if (path.startsWith(BUILT_FILES)) return true;
  // Underscores begin the framework's addresses only; the endings are those of its prerendered files.
  return !/^\/+_/.test(decoded) && !/\.rsc$|\.segments\//i.test(decoded);
}

const isOfTheFramework = /^(?:rsc$|next-|x-nextjs-)/;

/** Of the framework's request headers, those that its pages send, and whether it can read the value. */
const sentByPages: Readonly<Record<string, (value: string) => boolean>> = {
  rsc: (value) => value === "1",
  "next-router-state-tree": isRouterState,
  "next-router-prefetch": (value) => /^[0-9]$/.test(value),
  "next-router-segment-prefetch": (value) => /^\/[\x21-\x7e]*$/.test(value) && isServed(value),
  "next-url": (value) => /^\/[\x21-\x7e]*$/.test(value) && isServed(value.split("?", 1)[0] ?? ""),
  "x-nextjs-data": (value) => value === "1",
  "x-nextjs-html-request-id": isRequestId,
  "x-nextjs-request-id": isRequestId,
};

/** By the framework's own reader: it would throw later, and answer 500. */
function isRouterState(value: string): boolean {
  try {
    parseAndValidateFlightRouterState(value);
    return true;
  } catch {
    return false;
  }
}

function isRequestId(value: string): boolean {
  return /^[\w-]{1,100}$/.test(value);
}
