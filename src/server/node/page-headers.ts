/** On every answer that a browser may show as a document, whichever code makes it (OWASP ASVS 5.0, 3.4). */
export const fixedPageHeaders = [
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
  ["Referrer-Policy", "no-referrer"],
  ["Permissions-Policy", "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"],
] as const;

/** For what is no page of ours: files, redirects, and whatever the framework answers by itself. Nothing in it may run. */
export const closedPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
