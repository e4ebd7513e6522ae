import type { IncomingMessage, ServerResponse } from "node:http";
import { refuse } from "./refuse";

/**
 * Headers of which Node keeps the first and drops the second, or joins both, while a proxy in front may have read
 * the other one. Two of them are two requests in one.
 */
const once = ["host", "content-type", "origin", "sec-fetch-site"];

/** RFC 3986 section 3.2.2 and 3.2.3; RFC 9112 section 3.2 wants 400 for anything else. */
const host = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d*)?$/i;

/**
 * Refuses a head that two readers may understand differently, and gives its connection up: where such a request ends is
 * not certain. Node itself refuses two lengths, a length beside a transfer coding, folded lines and bare line feeds.
 *
 * @returns whether it was refused
 */
export function refuseAmbiguousHead(request: IncomingMessage, response: ServerResponse): boolean {
  const isGood =
    hasKnownVersion(request) && hasOneHost(request) && isFramedPlainly(request) && !repeats(request);
  if (!isGood) refuse(response, "invalid_request", { closes: true });
  return !isGood;
}

/** The parser also reads 0.9 and 2.0 in this form, which nobody sends. */
function hasKnownVersion({ httpVersion }: IncomingMessage): boolean {
  return httpVersion === "1.1" || httpVersion === "1.0";
}

function hasOneHost({ httpVersion, headers }: IncomingMessage): boolean {
  return headers.host === undefined ? httpVersion === "1.0" : host.test(headers.host);
}

/** RFC 9112 section 6.1: in HTTP/1.0 a transfer coding is a framing fault; codings besides `chunked` are not ours. */
function isFramedPlainly({ httpVersion, headers }: IncomingMessage): boolean {
  const coding = headers["transfer-encoding"];
  return coding === undefined || (httpVersion === "1.1" && coding.toLowerCase() === "chunked");
}

function repeats({ headersDistinct }: IncomingMessage): boolean {
  return once.some((name) => (headersDistinct[name]?.length ?? 0) > 1);
}
