/** Protected sites: what their proxies lead here. They answer with redirects and cookies of the site's own host. */
import {
  HAND_OVER_PATH,
  ORIGINAL_METHOD_HEADER,
  ORIGINAL_URI_HEADER,
  SITE_HEADER,
  siteFinishInput,
} from "../../../contract/sites";
import { DomainError, isDomainError } from "../../../modules/domain-error";
import type { SessionRecord } from "../../../modules/sessions";
import type { Call } from "../../request/call";
import { parseInput, readBody } from "../../request/read-body";
import {
  clearStartCookie,
  MAX_PATH_LENGTH,
  makeSiteCookie,
  makeStartCookies,
  readStartCookie,
} from "../../request/site-cookies";
import type { Routes } from "./route";

export const siteRoutes: Routes = {
  "/api/auth/site/start": { methods: { GET: start } },
  "/api/auth/site/finish": { methods: { POST: finish } },
};

/**
 * What a proxy answers with where `verify` has refused: a person who opens a page is led to the hand-over, everything
 * else (a fetch, a form, a picture, a frame) gets the 401.
 */
async function start(call: Call): Promise<Response> {
  const { container, request } = call;
  const origin = request.headers.get(SITE_HEADER);
  if (origin === null) throw new DomainError("not_found");
  if (!isNavigation(request)) throw new DomainError("invalid_token");
  const site = container.protectedSites.find(origin);
  // The page says that it is not on the list. It is given no cookie, and is never led back to.
  if (site === undefined) return redirect(302, handOverPage(call, origin));
  const state = container.siteCodes.newState();
  const path = pathAtSite(site, request.headers.get(ORIGINAL_URI_HEADER));
  for (const cookie of await makeStartCookies(container, request, { site, state, path })) {
    call.responseHeaders.append("set-cookie", cookie);
  }
  return redirect(302, handOverPage(call, site, { state }));
}

/**
 * Where a hand-over ends, on the site's own host. The state is compared first, so that a code from another browser (a
 * sign-in that somebody wants to foist on this one) is neither accepted nor used up.
 */
async function finish(call: Call): Promise<Response> {
  const { container, request } = call;
  const site = container.protectedSites.find(request.headers.get(SITE_HEADER));
  if (site === undefined) throw new DomainError("not_found");
  requireHandOverForm(call);
  const { value } = await readBody(request);
  const { code, state } = parseInput(siteFinishInput, value);
  const path = await readStartCookie(container, request, { site, state });
  const session = path === undefined ? undefined : await consume(call, code, { site, state });
  call.responseHeaders.append("set-cookie", clearStartCookie(site, state));
  if (path === undefined || !session) return redirect(303, handOverPage(call, site, { failed: "1" }));
  const cookie = await makeSiteCookie(container, site, session.id, lifetimeOf(call, session));
  call.responseHeaders.append("set-cookie", cookie);
  await container.audit.record({
    type: "site_opened",
    userId: session.userId,
    sessionId: session.id,
    address: call.address,
    detail: { site },
  });
  return redirect(303, site + path);
}

/**
 * Refuses all but the one thing that ends a hand-over: the form of Countersign's own page, which takes the window along. Other
 * front ends, scripts and programs have no business here, CORS_ORIGINS or not.
 *
 * @throws DomainError `cross_site_request`, `unsupported_media_type`
 */
function requireHandOverForm({ container, request: { headers } }: Call): void {
  const origin = headers.get("origin");
  const mode = headers.get("sec-fetch-mode");
  const isOurs = origin !== null && container.origins.includes(origin);
  if (!isOurs || (mode !== null && mode !== "navigate")) throw new DomainError("cross_site_request");
  const [mediaType] = (headers.get("content-type") ?? "").split(";");
  if (mediaType?.trim().toLowerCase() !== "application/x-www-form-urlencoded") {
    throw new DomainError("unsupported_media_type");
  }
}

/** @returns the session of the code, while it lives */
async function consume(
  call: Call,
  code: string,
  handOver: { site: string; state: string },
): Promise<SessionRecord | undefined> {
  const { siteCodes, sessions } = call.container;
  const sessionId = await siteCodes.consume(code, handOver).catch((error: unknown) => {
    if (isDomainError(error) && error.code === "invalid_grant") return undefined;
    throw error;
  });
  const principal = sessionId === undefined ? undefined : await sessions.findLive(sessionId);
  // Its ends as they are now: what is remembered of a session does not follow its refreshes.
  const session = principal && (await sessions.findOwn(principal.user.id, principal.session.id));
  return session && lifetimeOf(call, session) > 0 ? session : undefined;
}

/** No longer than the session would last if nothing renewed it. */
function lifetimeOf({ container }: Call, { idleExpiresAt, expiresAt }: SessionRecord): number {
  const end = Math.min(idleExpiresAt.getTime(), expiresAt.getTime());
  const left = Math.floor((end - container.clock.now().getTime()) / 1000);
  return Math.min(container.environment.siteCookieLifetimeInSeconds, left);
}

/** Whether a person opens a page in a window of their own. Browsers that say nothing of it ask for HTML. */
function isNavigation({ headers }: Request): boolean {
  if ((headers.get(ORIGINAL_METHOD_HEADER) ?? "GET") !== "GET") return false;
  const mode = headers.get("sec-fetch-mode");
  if (mode !== null) return mode === "navigate" && headers.get("sec-fetch-dest") === "document";
  return (headers.get("accept") ?? "").includes("text/html");
}

/** @returns a path of this very site: what could be read as another place becomes its first page */
function pathAtSite(site: string, asked: string | null): string {
  if (asked === null || asked.length > MAX_PATH_LENGTH || !/^\/(?!\/)[!-[\]-~]*$/.test(asked)) return "/";
  const url = URL.canParse(asked, site) ? new URL(asked, site) : undefined;
  return url?.origin === site && !url.pathname.startsWith("//") ? url.pathname + url.search : "/";
}

function handOverPage({ container }: Call, origin: string, more: Record<string, string> = {}): string {
  const host = URL.canParse(origin) ? new URL(origin).host : "";
  const query = new URLSearchParams({ site: host, ...more });
  return `${container.environment.appUrl.origin}${HAND_OVER_PATH}?${query}`;
}

function redirect(status: 302 | 303, location: string): Response {
  return new Response(null, { status, headers: { location } });
}
