import { DomainError } from "../../modules/domain-error";
import type { Container } from "../composition/container";
import { isListedOrigin } from "../settings/listed-origin";

const allowedMethods = "GET, POST, PATCH, DELETE";
const allowedHeaders =
  "authorization, dpop, access-token, content-type, trpc-accept, trpc-batch-mode, x-trpc-source, last-event-id";
const exposedHeaders = "www-authenticate, retry-after, dpop-nonce";

/**
 * An origin that is not on the list is named in the log: an operator who forgot it finds it there.
 *
 * @returns the CORS headers of an answer: none unless the origin is on the list (CORS_ORIGINS)
 */
export function corsHeaders(request: Request, container: Container): Record<string, string> {
  const origin = request.headers.get("origin");
  const { corsOrigins } = container.environment;
  const isListed = origin !== null && isListedOrigin(corsOrigins, origin);
  if (origin !== null && !isListed && !container.origins.includes(origin)) container.noteOrigin(origin);
  if (corsOrigins.length === 0) return {};
  if (!isListed) return { vary: "origin" };
  return {
    vary: "origin",
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": exposedHeaders,
  };
}

/** The answer to a preflight request; without a listed origin it allows nothing. */
export function preflight(request: Request, container: Container): Response {
  const origin = request.headers.get("origin");
  const isListed = origin !== null && isListedOrigin(container.environment.corsOrigins, origin);
  return new Response(null, {
    status: 204,
    headers: isListed
      ? {
          "access-control-allow-methods": allowedMethods,
          "access-control-allow-headers": allowedHeaders,
          "access-control-max-age": "600",
        }
      : {},
  });
}

/**
 * Refuses what another site makes a browser send. Browsers name the origin of everything but simple reads, and pages can
 * neither change nor leave out what they say; programs that are no browsers send neither header.
 *
 * @throws DomainError `cross_site_request`
 */
export function refuseCrossSite(request: Request, container: Container): void {
  if (request.method === "GET" || request.method === "HEAD" || request.method === "OPTIONS") return;
  const origin = request.headers.get("origin");
  const isOwn = origin !== null && container.origins.includes(origin);
  const isListed = origin !== null && isListedOrigin(container.environment.corsOrigins, origin);
  if (isOwn || isListed) return;
  const site = request.headers.get("sec-fetch-site");
  const saysSame = site === null || site === "same-origin" || site === "none";
  if (origin !== null || !saysSame) throw new DomainError("cross_site_request");
}

/**
 * Refuses to give the cookie to a page of another site. Browsers would take it and never send it back (SameSite), so the
 * person would be signed in until the page is loaded again. An extension or an app has ways of its own to send it.
 *
 * @throws DomainError `invalid_request` that says what to do
 */
export function requireSameSite(request: Request): void {
  const isOfPage = /^https?:\/\//.test(request.headers.get("origin") ?? "");
  if (!isOfPage || request.headers.get("sec-fetch-site") !== "cross-site") return;
  throw new DomainError("invalid_request", {
    field: "delivery",
    message:
      'This page is of another site than Countersign, and its browser would not send the cookie back. Use delivery "body" here, or serve the page from the same site.',
  });
}

/**
 * Which front end asks: the origin that the browser names, where all our own origins count as APP_URL's. Browsers name one
 * with everything that has to do with cookies, so a caller who names none is a program, and taken for our own front end.
 */
export function askingOrigin(
  request: Request,
  container: Pick<Container, "origins" | "environment">,
): string {
  const origin = request.headers.get("origin");
  const { appUrl } = container.environment;
  return origin === null || container.origins.includes(origin) ? appUrl.origin : origin;
}
