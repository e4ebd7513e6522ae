import { type NextRequest, NextResponse } from "next/server";
import { HAND_OVER_PATH } from "./contract/sites";
import { fixedPageHeaders } from "./server/node/page-headers";
import { shared } from "./server/start/shared";

/**
 * Gives every page its security headers, with a nonce of its own (CSP Level 3; OWASP ASVS 5.0, 3.4).
 *
 * Nothing is authorised here: that happens in procedures and handlers, where no header can switch it off.
 */
export function proxy(request: NextRequest): NextResponse {
  const site = protectedSiteOf(request);
  const policy = contentSecurityPolicy(freshNonce(), site);
  // Next reads the nonce from the request's own policy and puts it on every script and style that it writes.
  const headers = new Headers(request.headers);
  headers.set("Content-Security-Policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", policy);
  for (const [name, value] of fixedPageHeaders) {
    response.headers.set(name, value);
  }
  // Its form goes to another site, which has to see that it comes from here: with no-referrer its Origin would be "null".
  if (site !== undefined) response.headers.set("Referrer-Policy", "strict-origin");
  return response;
}

export const config = {
  // The interface answers with headers of its own; built files are no documents.
  matcher: ["/((?!api/|oauth/|\\.well-known/|_next/static/).*)"],
};

const isDevelopment = process.env.NODE_ENV === "development";

/** @returns the origin that the hand-over page asks to send its form to, when it is on the operator's list */
function protectedSiteOf({ nextUrl }: NextRequest): string | undefined {
  if (nextUrl.pathname !== HAND_OVER_PATH) return undefined;
  return shared().container.protectedSites.findByHost(nextUrl.searchParams.get("site") ?? "");
}

function contentSecurityPolicy(nonce: string, site: string | undefined): string {
  const directives = [
    "default-src 'self'",
    // React's error overlays in `next dev` need eval; a build never does.
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDevelopment ? " 'unsafe-eval'" : ""}`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    site === undefined ? "form-action 'self'" : `form-action 'self' ${site}`,
    "frame-ancestors 'none'",
  ];
  return directives.join("; ");
}

/** 128 bits (CSP Level 3 section 7.1). */
function freshNonce(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
}
