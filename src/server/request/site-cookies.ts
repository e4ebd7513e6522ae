import { sealData, unsealData } from "iron-session";
import type { Clock, SecretRing } from "../../modules/ports";
import type { Environment } from "../settings/environment";
import { readCookies } from "./request-cookies";

/**
 * Says that the browser was handed over to one protected site, by which session, and until when.
 *
 * DANGER: a proxy can ask for no proof, so a thief who copies it passes as its owner at that site, and at no other place,
 * until it ends or its session does. Countersign itself takes it nowhere.
 */
interface SiteCookie {
  readonly site?: string;
  readonly sessionId?: string;
  /** Seconds since the epoch. */
  readonly endsAt?: number;
}

/** Ties a hand-over to the browser that began it, and keeps what was asked for first. */
interface StartCookie {
  readonly site?: string;
  readonly state?: string;
  readonly path?: string;
  readonly endsAt?: number;
}

interface SiteCookieSettings {
  readonly environment: Pick<Environment, "siteCookieLifetimeInSeconds">;
  readonly secrets: SecretRing;
  readonly clock: Clock;
}

/** Long enough to sign in meanwhile. */
const START_LIFETIME_IN_SECONDS = 900;
/** A clock that is set back by so much ends no cookie. */
const SET_BACK_IN_SECONDS = 300;
/** Of hand-overs that one browser may have begun at one site; one more and the older ones are forgotten. */
const MAX_STARTS = 8;
/** So that the sealed cookie stays under 4,096 bytes. */
export const MAX_PATH_LENGTH = 1_500;

/** All cookies that are ours, whichever part of us they are from; browsers compare the prefix without regard to case. */
const OWN_COOKIE = /^(?:__Host-)?countersign-/i;

/** @param lifetimeInSeconds 1 or more, and no more than SITE_COOKIE_LIFETIME */
export async function makeSiteCookie(
  settings: SiteCookieSettings,
  site: string,
  sessionId: string,
  lifetimeInSeconds: number,
): Promise<string> {
  const cookie: SiteCookie = { site, sessionId, endsAt: nowInSeconds(settings) + lifetimeInSeconds };
  const value = await seal(settings, "site-cookie", cookie);
  return serialize(site, siteCookieName(site), value, lifetimeInSeconds, "SameSite=Lax");
}

/** @returns the session by which this browser was handed over to this site; whether it lives is for its row to say */
export async function readSiteCookie(
  settings: SiteCookieSettings,
  request: Request,
  site: string,
): Promise<string | undefined> {
  const found = await findSealed<SiteCookie>(settings, "site-cookie", request, siteCookieName(site));
  const { siteCookieLifetimeInSeconds } = settings.environment;
  return found.find(
    (cookie) => cookie.site === site && isInTime(settings, cookie.endsAt, siteCookieLifetimeInSeconds),
  )?.sessionId;
}

/** @param path of the site, at most {@link MAX_PATH_LENGTH} characters */
export async function makeStartCookies(
  settings: SiteCookieSettings,
  request: Request,
  start: { readonly site: string; readonly state: string; readonly path: string },
): Promise<string[]> {
  const { site, state } = start;
  const others = readCookies(request).filter(({ name }) => name.startsWith(startCookiePrefix(site)));
  const forgotten = others.length < MAX_STARTS ? [] : others.map(({ name }) => clear(site, name));
  const cookie: StartCookie = { ...start, endsAt: nowInSeconds(settings) + START_LIFETIME_IN_SECONDS };
  const value = await seal(settings, "site-start", cookie);
  return [
    ...forgotten,
    serialize(site, startCookieName(site, state), value, START_LIFETIME_IN_SECONDS, ofStart(site)),
  ];
}

/** @returns what was asked for first, when this very browser began this very hand-over at this site */
export async function readStartCookie(
  settings: SiteCookieSettings,
  request: Request,
  { site, state }: { readonly site: string; readonly state: string },
): Promise<string | undefined> {
  const found = await findSealed<StartCookie>(settings, "site-start", request, startCookieName(site, state));
  return found.find(
    (cookie) =>
      cookie.site === site &&
      cookie.state === state &&
      isInTime(settings, cookie.endsAt, START_LIFETIME_IN_SECONDS),
  )?.path;
}

export function clearStartCookie(site: string, state: string): string {
  return clear(site, startCookieName(site, state));
}

/** @returns the cookies of the request without ours, as one header; "" when none is left */
export function foreignCookies(request: Request): string {
  return readCookies(request)
    .filter(({ name }) => !OWN_COOKIE.test(name))
    .map(({ text }) => text)
    .join("; ");
}

/** Cookies know no ports, so the names do: sites may be neighbours on one host. */
function siteCookieName(site: string): string {
  return `${prefixOf(site)}countersign-site-${portOf(site)}`;
}

function startCookiePrefix(site: string): string {
  return `${prefixOf(site)}countersign-start-${portOf(site)}-`;
}

/** One for each hand-over: several tabs may ask at once. */
function startCookieName(site: string, state: string): string {
  return startCookiePrefix(site) + state.slice(0, 8);
}

function prefixOf(site: string): string {
  return isHttps(site) ? "__Host-" : "";
}

function portOf(site: string): string {
  return new URL(site).port || (isHttps(site) ? "443" : "80");
}

function isHttps(site: string): boolean {
  return site.startsWith("https:");
}

/**
 * The hand-over ends by a form that comes from Countersign, which is another site to browsers. A cookie that is to come
 * along has to say SameSite=None, which only https may; without a word it comes along for its first two minutes.
 */
function ofStart(site: string): string {
  return isHttps(site) ? "SameSite=None" : "";
}

function serialize(site: string, name: string, value: string, age: number, sameSite: string): string {
  const attributes = ["Path=/", "HttpOnly", `Max-Age=${age}`, isHttps(site) ? "Secure" : "", sameSite];
  return [`${name}=${value}`, ...attributes.filter((attribute) => attribute !== "")].join("; ");
}

function clear(site: string, name: string): string {
  return serialize(site, name, "", 0, ofStart(site));
}

function nowInSeconds({ clock }: SiteCookieSettings): number {
  return Math.floor(clock.now().getTime() / 1000);
}

/** Not later than it can be either: that was by a clock which was ahead and has been set right. */
function isInTime(settings: SiteCookieSettings, endsAt = 0, lifetimeInSeconds: number): boolean {
  const leftInSeconds = endsAt - nowInSeconds(settings);
  return leftInSeconds > 0 && leftInSeconds <= lifetimeInSeconds + SET_BACK_IN_SECONDS;
}

type Purpose = "site-cookie" | "site-start";

function passwordsFor({ secrets }: SiteCookieSettings, purpose: Purpose): Record<string, string> {
  const passwords = secrets.ids.map((id) => [id, secrets.derive(id, purpose)?.toString("base64url") ?? ""]);
  return Object.fromEntries(passwords) as Record<string, string>;
}

/** Without its own end: the end is in the data, by our clock, to the second. */
function seal(settings: SiteCookieSettings, purpose: Purpose, data: object): Promise<string> {
  return sealData(data, { password: passwordsFor(settings, purpose), ttl: 0 });
}

/** Another place on the same host can add cookies of this name; what does not unseal is none. */
async function findSealed<T extends object>(
  settings: SiteCookieSettings,
  purpose: Purpose,
  request: Request,
  name: string,
): Promise<Partial<T>[]> {
  const password = passwordsFor(settings, purpose);
  const values = readCookies(request).filter((cookie) => cookie.name === name);
  return Promise.all(
    values.map(({ value }) => unsealData<T>(value, { password, ttl: 0 }).catch((): Partial<T> => ({}))),
  );
}
