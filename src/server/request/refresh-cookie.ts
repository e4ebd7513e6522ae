import type { IssuedTokens } from "../../modules/sessions";
import type { Environment } from "../settings/environment";
import { type CookieSettings, cookieName, namePrefix, openSealed, sealOptions } from "./cookies";

type HasAddress = Pick<Environment, "appUrl">;

/** Whose cookie it is: pages of each origin hold a key of their own, so each has a session, and a cookie, of its own. */
export interface FrontEnd {
  /** Of the page that asks. */
  readonly origin: string;
  readonly clientId: string;
}

/** Says whose it is in the seal as well: under another front end's name it is nothing. */
interface RefreshCookie {
  refreshToken?: string;
  origin?: string;
  clientId?: string;
}

/** Puts the refresh token into the sealed, HttpOnly, SameSite=Strict cookie of this front end. */
export async function saveRefreshCookie(
  settings: CookieSettings,
  request: Request,
  headers: Headers,
  { frontEnd, tokens }: { readonly frontEnd: FrontEnd; readonly tokens: IssuedTokens },
): Promise<void> {
  const cookie = await open(settings, request, headers, {
    name: refreshCookieName(settings.environment, frontEnd),
    lifetimeInSeconds: tokens.refreshTokenLifetimeInSeconds,
  });
  Object.assign(cookie, { refreshToken: tokens.refreshToken, ...frontEnd } satisfies RefreshCookie);
  await cookie.save();
}

/** @returns the refresh token of the front end's sealed cookie, when there is one that unseals and is its own */
export async function readRefreshCookie(
  settings: CookieSettings,
  request: Request,
  frontEnd: FrontEnd,
): Promise<string | undefined> {
  const name = refreshCookieName(settings.environment, frontEnd);
  const isOurs = ({ origin, clientId }: RefreshCookie) =>
    origin === frontEnd.origin && clientId === frontEnd.clientId;
  return (await open(settings, request, new Headers(), { name, isOurs })).refreshToken;
}

export async function clearRefreshCookie(
  settings: CookieSettings,
  request: Request,
  headers: Headers,
  frontEnd: FrontEnd,
): Promise<void> {
  const name = refreshCookieName(settings.environment, frontEnd);
  (await open(settings, request, headers, { name })).destroy();
}

/** The one cookie that all front ends shared before each had its own: it may be anyone's of them. */
export async function readSharedRefreshCookie(
  settings: CookieSettings,
  request: Request,
): Promise<string | undefined> {
  const name = sharedRefreshCookieName(settings.environment);
  return (await open(settings, request, new Headers(), { name })).refreshToken;
}

export async function clearSharedRefreshCookie(
  settings: CookieSettings,
  request: Request,
  headers: Headers,
): Promise<void> {
  const name = sharedRefreshCookieName(settings.environment);
  (await open(settings, request, headers, { name })).destroy();
}

export function refreshCookieName(environment: HasAddress, { origin, clientId }: FrontEnd): string {
  return cookieName("refresh", environment, [origin, clientId]);
}

export function sharedRefreshCookieName({ appUrl }: HasAddress): string {
  return `${namePrefix(appUrl)}countersign-refresh`;
}

interface OpenedCookie {
  readonly name: string;
  readonly lifetimeInSeconds?: number;
  /** Whether what was sealed is the one that is meant; by default any that holds a token. */
  readonly isOurs?: (cookie: RefreshCookie) => boolean;
}

function open(
  settings: CookieSettings,
  request: Request,
  headers: Headers,
  { isOurs = holdsToken, ...cookie }: OpenedCookie,
) {
  const { refreshIdleLifetimeInSeconds } = settings.environment;
  const options = sealOptions(settings, {
    lifetimeInSeconds: refreshIdleLifetimeInSeconds,
    sameSite: "strict",
    ...cookie,
  });
  return openSealed<RefreshCookie>(request, headers, options, isOurs);
}

function holdsToken({ refreshToken }: RefreshCookie): boolean {
  return refreshToken !== undefined;
}
