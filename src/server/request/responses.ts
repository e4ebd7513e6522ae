import { type ErrorCode, type ErrorDetails, type ErrorRow, errorTable, isDead } from "../../contract/errors";
import { isDomainError } from "../../modules/domain-error";

import { type Log, sumUp } from "../../platform/log/log";
import type { Call, Face } from "./call";
import { keepRun } from "./event-stream";

/** On every answer of the API: nothing is stored, framed, sniffed or sent to the next site. */
export const securityHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
}

export function noContent(): Response {
  return new Response(null, { status: 204 });
}

const PIECE_IN_BYTES = 16 * 1024;

/** An answer that is the same for all: they share the bytes, so that a slow reader holds none of its own. */
export function sharedBytes(bytes: Uint8Array, headers: Record<string, string>): Response {
  let sent = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        controller.enqueue(bytes.subarray(sent, sent + PIECE_IN_BYTES));
        sent += PIECE_IN_BYTES;
        if (sent >= bytes.length) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { ...headers, "content-length": String(bytes.length) } });
}

/** A refusal as it leaves the process, on either face. */
export interface PublicError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
}

/** Turns whatever was thrown into what may be answered. Nothing is said about what is not a refusal of ours. */
export function toPublicError(error: unknown): PublicError {
  if (isDomainError(error)) return { code: error.code, message: error.message, details: error.details };
  return { code: "server_error", message: errorTable.server_error.message, details: {} };
}

/**
 * Logs what was thrown where that is a fault of ours; call it once for each, where it is known whose request it was. One
 * fault, met again by every request, is one line a minute with its stack, and a count.
 */
export function logFault(error: unknown, requestId: string, log: Log): void {
  if (!isDomainError(error)) {
    log.error({ ...summedUp(error), request_id: requestId, err: error }, "unhandled error");
  } else if (errorTable[error.code].httpStatus >= 500) {
    const cause = causeOf(error);
    log.error(
      { ...summedUp(cause), request_id: requestId, code: error.code, err: cause },
      "refused for a fault of ours",
    );
  }
}

function summedUp(fault: unknown): { [sumUp]: string } {
  const where = fault instanceof Error ? fault.stack?.split("\n    at ", 2)[1] : undefined;
  return { [sumUp]: `fault ${fault instanceof Error ? fault.name : String(fault)} ${where}` };
}

/** The members of a refusal besides its code and sentence. */
export function publicMembers(error: PublicError): Record<string, unknown> {
  const { field, retryAfterInSeconds, wants, extra } = error.details;
  return {
    ...(field === undefined ? {} : { field }),
    ...(retryAfterInSeconds === undefined ? {} : { retry_after: retryAfterInSeconds }),
    ...(wants === undefined ? {} : { acr_values: wants.acrValues.join(" "), max_age: wants.maxAgeInSeconds }),
    ...extra,
  };
}

export function errorResponse(
  error: PublicError,
  { request, requestId, face }: Pick<Call, "request" | "requestId" | "face">,
): Response {
  const response = json(
    { error: error.code, error_description: error.message, request_id: requestId, ...publicMembers(error) },
    statusOf(error.code, face),
  );
  setErrorHeaders(response.headers, error, { request, face });
  return response;
}

/** Where a refusal does not say when another try can succeed, in seconds. */
const retryAfterByStatus: Readonly<Record<number, string>> = { 429: "60", 503: "2" };

/** `WWW-Authenticate` (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9470 section 3) and `Retry-After`. */
export function setErrorHeaders(
  headers: Headers,
  error: PublicError,
  { request, face }: Pick<Call, "request" | "face">,
): void {
  const { retryAfterInSeconds } = error.details;
  if (retryAfterInSeconds !== undefined) headers.set("retry-after", String(Math.max(1, retryAfterInSeconds)));
  else {
    const seconds = retryAfterByStatus[statusOf(error.code, face)];
    if (seconds !== undefined) headers.set("retry-after", seconds);
  }
  if (statusOf(error.code, face) === 401 || error.details.wants)
    headers.set("www-authenticate", challenge(error, request));
}

/** On the OAuth face some refusals have another status: see `oauthStatus` of the table. */
export function statusOf(code: ErrorCode, face: Face): number {
  const { httpStatus, oauthStatus }: ErrorRow = errorTable[code];
  return face === "oauth" ? (oauthStatus ?? httpStatus) : httpStatus;
}

const proofCodes: ReadonlySet<ErrorCode> = new Set(["invalid_dpop_proof", "use_dpop_nonce"]);

function challenge({ code, details }: PublicError, request: Request): string {
  // RFC 6749 section 5.2.
  if (code === "invalid_client") return `Basic realm="countersign", error="${code}"`;
  const authorization = request.headers.get("authorization");
  const isDpop =
    details.challengeScheme === "DPoP" ||
    proofCodes.has(code) ||
    code === "device_mismatch" ||
    request.headers.has("dpop") ||
    /^dpop /i.test(authorization ?? "");
  const scheme = isDpop ? 'DPoP algs="ES256"' : 'Bearer realm="countersign"';
  const { wants } = details;
  if (wants) {
    const { acrValues, maxAgeInSeconds } = wants;
    return `${scheme}, error="insufficient_user_authentication", acr_values="${acrValues.join(" ")}", max_age="${maxAgeInSeconds}"`;
  }
  // Also where there was no token, of which RFC 6750 section 3.1 says SHOULD NOT: a reader of headers alone can then
  // tell every 401 of ours from a proxy's.
  return `${scheme}, error="${isDead(code) ? "invalid_token" : code}"`;
}

function causeOf(error: Error): unknown {
  return error.cause ?? error.message;
}

/** The last thing that happens to every answer. */
export function finish(response: Response, extra: Headers, corsHeaders: Record<string, string>): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(securityHeaders))
    if (!headers.has(name)) headers.set(name, value);
  // A proxy that compresses collects events until they are worth it, and a client that waits for one hears nothing
  // (RFC 9111 section 5.2.2.6).
  if (headers.get("content-type")?.startsWith("text/event-stream"))
    headers.set("cache-control", "no-store, no-transform");
  for (const [name, value] of Object.entries(corsHeaders)) {
    // What is open to anyone says so by itself; an origin beside it would make browsers refuse both.
    if (name === "vary") headers.append(name, value);
    else headers.set(name, value);
  }
  if (corsHeaders["access-control-allow-origin"]) headers.set("cross-origin-resource-policy", "cross-origin");
  for (const [name, value] of extra) headers.append(name, value);
  return keepRun(response, new Response(response.body, { status: response.status, headers }));
}
