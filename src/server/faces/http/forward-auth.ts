import { SITE_COOKIES_HEADER, SITE_HEADER } from "../../../contract/sites";
import { FIRST_PARTY_CLIENT_ID } from "../../../modules/clients";
import { DomainError, isDomainError } from "../../../modules/domain-error";
import type { Principal } from "../../../modules/sessions";
import type { Container } from "../../composition/container";
import type { Call } from "../../request/call";
import { foreignCookies, readSiteCookie } from "../../request/site-cookies";
import { readViewCookie } from "../../request/view-cookie";

/**
 * Whether a reverse proxy may let a request through (nginx `auth_request` and its like): 200 with headers that say who
 * sent it, or 401.
 *
 * Where the proxy names a site (`x-countersign-site`), that site's own cookie speaks and nothing else does, so that the
 * site's pages may send whatever Authorization they like. Where it names none: an access token or, in a request that
 * carries none, the browser's `view` cookie, which lives as long as an access token.
 *
 * DANGER: neither cookie proves a key. A copy of `view` passes here until it ends, ACCESS_TOKEN_LIFETIME at the most; a
 * copy of a site's cookie passes at that site until it ends, SITE_COOKIE_LIFETIME at the most. Both end with the session.
 *
 * DANGER: the proxy must drop headers of these names from clients, and pass on no answer of its own making as ours.
 */
export async function verifyForProxy(call: Call): Promise<Response> {
  const site = call.request.headers.get(SITE_HEADER);
  if (site !== null) {
    const principal = await visitor(call, site);
    return present(principal, { [SITE_COOKIES_HEADER]: foreignCookies(call.request) });
  }
  return present(hasToken(call) ? await bearer(call) : await viewer(call));
}

function present({ user, session }: Principal, more: Record<string, string> = {}): Response {
  return new Response(null, {
    status: 200,
    headers: {
      "remote-user": asHeader(user.username),
      "remote-name": asHeader(user.displayName),
      "remote-groups": user.roles.map(asHeader).join(","),
      "x-countersign-user-id": user.id,
      "x-countersign-session-id": session.id,
      ...more,
    },
  });
}

/** By the cookie that the hand-over has set at this very site. One that is not on the list has none. */
async function visitor({ container, request }: Call, origin: string): Promise<Principal> {
  const site = container.protectedSites.find(origin);
  const sessionId = site === undefined ? undefined : await readSiteCookie(container, request, site);
  return living(container, sessionId);
}

/** Proxies take 401 for a refusal and 400 for a fault of ours, so a request that says two things has said nothing. */
function hasToken(call: Call): boolean {
  try {
    return call.findToken() !== undefined;
  } catch (cause) {
    if (isDomainError(cause) && cause.code === "invalid_request") {
      throw new DomainError("invalid_token", {}, { cause });
    }
    throw cause;
  }
}

/** A registered client's token lets that client in elsewhere; here it counts as no sign-in. */
async function bearer(call: Call): Promise<Principal> {
  const principal = await call.principal();
  if (principal.session.clientId !== FIRST_PARTY_CLIENT_ID) throw new DomainError("invalid_token");
  return principal;
}

async function viewer({ container, request }: Call): Promise<Principal> {
  return living(container, await readViewCookie(container, request));
}

async function living({ sessions }: Container, sessionId: string | undefined): Promise<Principal> {
  if (sessionId === undefined) throw new DomainError("invalid_token");
  const principal = await sessions.findLive(sessionId);
  if (!principal) throw new DomainError("session_revoked");
  return principal;
}

/** Header values are ASCII: everything else, and what could end or split one, is percent-encoded as UTF-8. */
function asHeader(text: string): string {
  // By way of UTF-8, in which there are no half characters to fail on.
  const whole = Buffer.from(text).toString();
  return whole.replace(/[^\x21-\x24\x26-\x2b\x2d-\x7e]+/gu, encodeURIComponent);
}
