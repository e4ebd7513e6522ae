import { getIronSession, type IronSession, type SessionOptions, unsealData } from "iron-session";
import { isLoopback } from "../contract/loopback";
import { DomainError } from "../modules/domain-error";
import type { Clock, SecretRing } from "../modules/ports";
import type { IssuedTokens } from "../modules/sessions";
import type { Environment } from "./environment";

interface RefreshCookie {
  refreshToken?: string;
}

/**
 * Names a session, until when, and nothing else; every reader asks the session's row whether it lives.
 *
 * DANGER: it is read without a proof. For its life (ACCESS_TOKEN_LIFETIME, 300 seconds) a copy of it shows its owner's
 * name on our pages and passes for its owner at every site behind forward-auth (`GET /api/auth/verify`). Nothing that
 * shows or changes more may go by it. Its end stands in the sealed data, because a seal's own end is taken a minute late.
 */
interface ViewCookie {
  sessionId?: string;
  /** Seconds since the epoch. */
  endsAt?: number;
}

interface CookieSettings {
  readonly environment: Environment;
  readonly secrets: SecretRing;
  readonly clock: Clock;
}

/** What `getIronSession` takes in the place of a response: something with headers. */
type CookieTarget = Parameters<typeof getIronSession>[1];

/** Whether browsers may be given cookies here: over https, or on the machine itself (RFC 6265bis, `__Host-`). */
function supportsCookies({ appUrl }: Environment): boolean {
  return appUrl.protocol === "https:" || isLoopback(appUrl);
}

/** @throws DomainError `invalid_request` where there is no cookie delivery */
export function requireCookieSupport(environment: Environment): void {
  if (supportsCookies(environment)) return;
  throw new DomainError("invalid_request", { field: "delivery", message: "Cookies need https here." });
}

/**
 * Puts the refresh token into its sealed, HttpOnly, SameSite=Strict cookie, and renews the `view` cookie.
 *
 * @throws DomainError `invalid_request` where there is no cookie delivery
 */
export async function saveCookies(
  settings: CookieSettings,
  request: Request,
  headers: Headers,
  tokens: IssuedTokens,
): Promise<void> {
  requireCookieSupport(settings.environment);
  const refresh = await openSealed<RefreshCookie>(request, headers, refreshOptions(settings, tokens));
  refresh.refreshToken = tokens.refreshToken;
  await refresh.save();
  const view = await openSealed<ViewCookie>(request, headers, viewOptions(settings));
  view.sessionId = tokens.sessionId;
  view.endsAt = nowInSeconds(settings) + tokens.accessTokenLifetimeInSeconds;
  await view.save();
}

/** @returns the refresh token of the sealed cookie, when there is one that unseals */
export async function readRefreshCookie(
  settings: CookieSettings,
  request: Request,
): Promise<string | undefined> {
  const sealed = await openSealed<RefreshCookie>(request, new Headers(), refreshOptions(settings));
  return sealed.refreshToken;
}

/** @returns the session that the sealed `view` cookie names, until its end; whether that lives is for its row to say */
export async function readViewCookie(
  settings: CookieSettings,
  request: Request,
): Promise<string | undefined> {
  return sessionOf(settings, await openSealed<ViewCookie>(request, new Headers(), viewOptions(settings)));
}

/** Likewise, of the cookie's value, for `cookies()` of a server component. */
export async function unsealViewCookie(
  settings: CookieSettings,
  sealed: string,
): Promise<string | undefined> {
  return sessionOf(settings, await unsealData<ViewCookie>(sealed, viewOptions(settings)).catch(() => ({})));
}

function sessionOf(settings: CookieSettings, { sessionId, endsAt = 0 }: ViewCookie): string | undefined {
  return nowInSeconds(settings) < endsAt ? sessionId : undefined;
}

function nowInSeconds({ clock }: CookieSettings): number {
  return Math.floor(clock.now().getTime() / 1000);
}

export async function clearCookies(
  settings: CookieSettings,
  request: Request,
  headers: Headers,
): Promise<void> {
  if (!supportsCookies(settings.environment)) return;
  (await openSealed<RefreshCookie>(request, headers, refreshOptions(settings))).destroy();
  (await openSealed<ViewCookie>(request, headers, viewOptions(settings))).destroy();
}

export function refreshCookieName(environment: Environment): string {
  return `${namePrefix(environment)}countersign-refresh`;
}

/** For `cookies()` of a server component, which can only be read there. */
export function viewOptions(settings: CookieSettings): SessionOptions {
  const { environment } = settings;
  return {
    ...commonOptions(settings, environment.accessTokenLifetimeInSeconds),
    cookieName: `${namePrefix(environment)}countersign-view`,
    cookieOptions: {
      ...commonAttributes(environment, environment.accessTokenLifetimeInSeconds),
      sameSite: "lax",
    },
  };
}

function refreshOptions(settings: CookieSettings, tokens?: IssuedTokens): SessionOptions {
  const { environment } = settings;
  const lifetimeInSeconds = tokens?.refreshTokenLifetimeInSeconds ?? environment.refreshIdleLifetimeInSeconds;
  return {
    ...commonOptions(settings, lifetimeInSeconds),
    cookieName: refreshCookieName(environment),
    cookieOptions: { ...commonAttributes(environment, lifetimeInSeconds), sameSite: "strict" },
  };
}

function commonOptions({ secrets }: CookieSettings, lifetimeInSeconds: number) {
  const passwords = secrets.ids.map((id) => [id, secrets.derive(id, "cookies")?.toString("base64url") ?? ""]);
  // To iron-session a life of 0 is one without end.
  return {
    password: Object.fromEntries(passwords) as Record<string, string>,
    ttl: Math.max(1, lifetimeInSeconds),
  };
}

/** The age is given, because iron-session's own takes a minute off, which short lives do not have. */
function commonAttributes(environment: Environment, lifetimeInSeconds: number) {
  const secure = environment.appUrl.protocol === "https:";
  return { path: "/", httpOnly: true, secure, maxAge: Math.max(1, lifetimeInSeconds) } as const;
}

function namePrefix(environment: Environment): string {
  return environment.appUrl.protocol === "https:" ? "__Host-" : "";
}

/** What does not unseal is no cookie: anyone can send one, and neighbours on the same host can plant one. */
async function openSealed<T extends object>(
  request: Request,
  headers: Headers,
  options: SessionOptions,
): Promise<IronSession<T>> {
  const target = { headers } as CookieTarget;
  try {
    return await getIronSession<T>(request, target, options);
  } catch {
    // It knows only some of the ways in which a seal can be wrong. A fault of ours it throws again.
    return getIronSession<T>(new Request(request.url), target, options);
  }
}
