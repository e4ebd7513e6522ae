import { type NextRequest, NextResponse } from "next/server";
import { fixedPageHeaders } from "./server/page-headers";

/**
 * Gives every page its security headers, with a nonce of its own (CSP Level 3; OWASP ASVS 5.0, 3.4).
 *
 * Nothing is authorised here: that happens in procedures and handlers, where no header can switch it off.
 */
export function proxy(request: NextRequest): NextResponse {
  const policy = contentSecurityPolicy(freshNonce());
  // Next reads the nonce from the request's own policy and puts it on every script and style that it writes.
  const headers = new Headers(request.headers);
  headers.set("Content-Security-Policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", policy);
  for (const [name, value] of fixedPageHeaders) {
    response.headers.set(name, value);
  }
  return response;
}

export const config = {
  // The interface answers with headers of its own; built files are no documents.
  matcher: ["/((?!api/|oauth/|\\.well-known/|_next/static/).*)"],
};

const isDevelopment = process.env.NODE_ENV === "development";

function contentSecurityPolicy(nonce: string): string {
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
    "form-action 'self'",
    "frame-ancestors 'none'",
  ];
  return directives.join("; ");
}

/** 128 bits (CSP Level 3 section 7.1). */
function freshNonce(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
}
