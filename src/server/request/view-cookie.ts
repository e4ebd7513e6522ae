import type { SessionOptions } from "iron-session";
import type { IssuedTokens } from "../../modules/sessions";
import { type CookieSettings, cookieName, openSealed, sealOptions } from "./cookies";

/**
 * Names a session, until when, and nothing else; every reader asks the session's row whether it lives.
 *
 * Only sign-ins of our own pages set it: another front end of the same browser changes nothing in what our pages and the
 * sites behind forward-auth show.
 *
 * DANGER: it is read without a proof. For its life (ACCESS_TOKEN_LIFETIME, 300 seconds) a copy of it shows its owner's
 * name on our pages and passes for its owner at every site behind forward-auth (`GET /api/auth/verify`). Nothing that
 * shows or changes more may go by it. Its end is in the sealed data, because a seal's own end is taken a minute late.
 */
interface ViewCookie {
  sessionId?: string;
  /** Seconds since the epoch. */
  endsAt?: number;
}

export async function saveViewCookie(
  settings: CookieSettings,
  request: Request,
  headers: Headers,
  tokens: IssuedTokens,
): Promise<void> {
  const view = await open(settings, request, headers);
  view.sessionId = tokens.sessionId;
  view.endsAt = nowInSeconds(settings) + tokens.accessTokenLifetimeInSeconds;
  await view.save();
}

export async function clearViewCookie(
  settings: CookieSettings,
  request: Request,
  headers: Headers,
): Promise<void> {
  (await open(settings, request, headers)).destroy();
}

/** @returns the session that the sealed `view` cookie names, until its end; whether that lives is for its row to say */
export async function readViewCookie(
  settings: CookieSettings,
  request: Request,
): Promise<string | undefined> {
  return sessionOf(settings, await open(settings, request, new Headers()));
}

/** The seal of the cookie, and its name. */
export function viewOptions(settings: CookieSettings): SessionOptions & { cookieName: string } {
  const { environment } = settings;
  const name = cookieName("view", environment);
  const lifetimeInSeconds = environment.accessTokenLifetimeInSeconds;
  return { ...sealOptions(settings, { name, lifetimeInSeconds, sameSite: "lax" }), cookieName: name };
}

function open(settings: CookieSettings, request: Request, headers: Headers) {
  const isOpen = (view: ViewCookie) => sessionOf(settings, view) !== undefined;
  return openSealed<ViewCookie>(request, headers, viewOptions(settings), isOpen);
}

function sessionOf(settings: CookieSettings, { sessionId, endsAt = 0 }: ViewCookie): string | undefined {
  // Later than it can be: by a clock that was ahead and has been set right.
  const leftInSeconds = endsAt - nowInSeconds(settings);
  const isInTime = leftInSeconds > 0 && leftInSeconds <= settings.environment.accessTokenLifetimeInSeconds;
  return isInTime ? sessionId : undefined;
}

function nowInSeconds({ clock }: CookieSettings): number {
  return Math.floor(clock.now().getTime() / 1000);
}
