import { FIRST_PARTY_CLIENT_ID } from "../../modules/clients";
import type { IssuedTokens } from "../../modules/sessions";
import type { Container } from "../composition/container";
import type { Caller, TokenCookies } from "./caller";
import { requireCookieSupport, supportsCookies } from "./cookies";
import { askingOrigin, requireSameSite } from "./origin-policy";
import {
  clearRefreshCookie,
  clearSharedRefreshCookie,
  type FrontEnd,
  readRefreshCookie,
  readSharedRefreshCookie,
  saveRefreshCookie,
} from "./refresh-cookie";
import { clearViewCookie, saveViewCookie } from "./view-cookie";

/** A call, in what its cookies need to know of it. */
interface CookieCall extends Pick<Caller, "keyThumbprint" | "requireKeyThumbprint"> {
  readonly container: Container;
  readonly request: Request;
  readonly responseHeaders: Headers;
}

/** The cookies of one call, and of its answer. */
export function cookiesOf(call: CookieCall): TokenCookies {
  return {
    requireSupport() {
      requireCookieSupport(call.container.environment);
      requireSameSite(call.request);
    },
    readRefreshToken: () => readCookieToken(call),
    save: (tokens) => saveCookies(call, tokens),
    clear: () => clearCookies(call),
  };
}

/**
 * Gives the front end that asks its refresh cookie and, when it is our own pages, renews the `view` cookie.
 *
 * @throws DomainError `invalid_request` where there is no cookie delivery
 */
async function saveCookies(call: CookieCall, tokens: IssuedTokens): Promise<void> {
  const { container, request, responseHeaders } = call;
  requireCookieSupport(container.environment);
  const frontEnd = frontEndOf(call);
  await saveRefreshCookie(container, request, responseHeaders, { frontEnd, tokens });
  if (isOwn(call, frontEnd)) await saveViewCookie(container, request, responseHeaders, tokens);
  await dropSharedCookie(call);
}

/**
 * @returns the refresh token of the cookie of the front end that asks
 * @throws DomainError `invalid_dpop_proof` when there is one and the call proves no key
 */
async function readCookieToken(call: CookieCall): Promise<string | undefined> {
  const own = await readRefreshCookie(call.container, call.request, frontEndOf(call));
  if (own !== undefined) await call.requireKeyThumbprint();
  return own ?? findSharedToken(call);
}

/** Of the front end that asks, and of no other. */
async function clearCookies(call: CookieCall): Promise<void> {
  const { container, request, responseHeaders } = call;
  if (!supportsCookies(container.environment)) return;
  const frontEnd = frontEndOf(call);
  await clearRefreshCookie(container, request, responseHeaders, frontEnd);
  if (isOwn(call, frontEnd)) await clearViewCookie(container, request, responseHeaders);
  await dropSharedCookie(call);
}

function frontEndOf({ request, container }: CookieCall): FrontEnd {
  return { origin: askingOrigin(request, container), clientId: FIRST_PARTY_CLIENT_ID };
}

function isOwn({ container }: CookieCall, { origin }: FrontEnd): boolean {
  return origin === container.environment.appUrl.origin;
}

/** A cookie from before each front end had its own goes on, for the front end whose key its session is bound to. */
async function findSharedToken(call: CookieCall): Promise<string | undefined> {
  const token = await readSharedRefreshCookie(call.container, call.request);
  if (token === undefined) return undefined;
  const keyThumbprint = await call.requireKeyThumbprint();
  const session = await call.container.sessions.findByRefreshToken(token);
  return session?.keyThumbprint === keyThumbprint ? token : undefined;
}

/** It has been replaced, or is over. Another front end's stays. */
async function dropSharedCookie(call: CookieCall): Promise<void> {
  const { container, request, responseHeaders } = call;
  if ((await call.keyThumbprint()) === null) return;
  if ((await findSharedToken(call)) !== undefined) {
    await clearSharedRefreshCookie(container, request, responseHeaders);
  }
}
