import { createHash } from "node:crypto";
import { getIronSession, type IronSession, type SessionOptions } from "iron-session";
import { isLoopback } from "../../contract/loopback";
import { DomainError } from "../../modules/domain-error";
import type { Clock, SecretRing } from "../../modules/ports";
import type { Environment } from "../settings/environment";
import { readCookies } from "./request-cookies";

export interface CookieSettings {
  readonly environment: Environment;
  readonly secrets: SecretRing;
  readonly clock: Clock;
}

/** What `getIronSession` takes in the place of a response: something with headers. */
type CookieTarget = Parameters<typeof getIronSession>[1];

/** Whether browsers may be given cookies here: over https, or on the machine itself (RFC 6265bis, `__Host-`). */
export function supportsCookies({ appUrl }: Environment): boolean {
  return appUrl.protocol === "https:" || isLoopback(appUrl);
}

/** @throws DomainError `invalid_request` where there is no cookie delivery */
export function requireCookieSupport(environment: Environment): void {
  if (supportsCookies(environment)) return;
  throw new DomainError("invalid_request", {
    field: "delivery",
    message: "Cookies work only over https, or on localhost. Please use https or another delivery.",
  });
}

/**
 * A name for one service and one use of it. Browsers keep cookies by host and know no ports: without a name of its own
 * for each, two services on one machine, or two pages that use one service, would take each other's.
 *
 * @param parts what else tells this cookie from others of the same kind
 */
export function cookieName(
  kind: "refresh" | "view",
  { appUrl }: Pick<Environment, "appUrl">,
  parts: readonly string[] = [],
): string {
  // A line break is in none of them.
  const text = [appUrl.origin, ...parts].join("\n");
  const hash = createHash("sha256").update(text).digest("base64url").slice(0, 12);
  return `${namePrefix(appUrl)}countersign-${kind}-${hash}`;
}

export function namePrefix(appUrl: URL): string {
  return appUrl.protocol === "https:" ? "__Host-" : "";
}

export interface SealedCookie {
  readonly name: string;
  readonly lifetimeInSeconds: number;
  readonly sameSite: "strict" | "lax";
}

/** The age is given, because iron-session's own takes a minute off, which short lives do not have. */
export function sealOptions(settings: CookieSettings, cookie: SealedCookie): SessionOptions {
  const { environment, secrets } = settings;
  const passwords = secrets.ids.map((id) => [id, secrets.derive(id, "cookies")?.toString("base64url") ?? ""]);
  // To iron-session a life of 0 is one without end.
  const maxAge = Math.max(1, cookie.lifetimeInSeconds);
  const secure = environment.appUrl.protocol === "https:";
  return {
    password: Object.fromEntries(passwords) as Record<string, string>,
    ttl: maxAge,
    cookieName: cookie.name,
    cookieOptions: { path: "/", httpOnly: true, secure, maxAge, sameSite: cookie.sameSite },
  };
}

/**
 * Opens the first cookie of the name that unseals and is one of ours. What does not unseal is no cookie: anyone can send
 * one. Where names have no `__Host-`, neighbours on the same host can plant one, which browsers then send along with ours
 * and, from a longer path, before it (RFC 6265 section 5.4).
 *
 * @param isOurs judges what was sealed
 * @returns that cookie, else an empty one, to be saved or destroyed
 */
export async function openSealed<T extends object>(
  request: Request,
  headers: Headers,
  options: SessionOptions,
  isOurs: (data: Partial<T>) => boolean,
): Promise<IronSession<T>> {
  const target = { headers } as CookieTarget;
  for (const { name, text } of readCookies(request)) {
    if (name !== options.cookieName) continue;
    const alone = new Request(request.url, { headers: { cookie: text } });
    // It knows only some of the ways in which a seal can be wrong. A fault of ours it throws again, below.
    const session = await getIronSession<T>(alone, target, options).catch(() => undefined);
    if (session && isOurs(session)) return session;
  }
  return getIronSession<T>(new Request(request.url), target, options);
}
