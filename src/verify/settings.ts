import { isAcr, type RequiredAuthentication } from "./authentication";
import type { FetchLike } from "./published-keys";
import type { VerificationError } from "./verification-error";

/** `acrValues` and `maxAgeInSeconds` hold for every request: see `Verifier.requiring` for some of them. */
export interface VerifierOptions extends RequiredAuthentication {
  /** Countersign's address (its APP_URL). */
  readonly issuer: string | URL;
  /**
   * What tokens have to be for, one or several: the audience that your client was registered with, and the issuer's own
   * address for people who sign in at the issuer's pages, by password or by QR code, and for programs that do the same.
   */
  readonly audience: string | readonly string[];
  /**
   * The address under which callers reach this service, such as `https://api.example.com`. Proofs name it (`htu`); it is
   * never taken from the request, because its sender could choose it. Without a path: see `pathPrefix`.
   */
  readonly origin: string | URL;
  /**
   * What of the path callers see and this service does not, such as `/reports`: because a proxy, or the router that this is
   * mounted in, takes it off.
   */
  readonly pathPrefix?: string;
  /**
   * Hears of each refusal, for the log of this service: `error.mismatch` says what was expected and what was found. Callers
   * are never given. What was found comes from the caller, shortened and as JSON. What this throws is dropped.
   */
  readonly onRefused?: (error: VerificationError) => void;
  /** See {@link ClientVerifierOptions}. */
  readonly allowClients?: false;
  /**
   * What every request's caller has to have: one of these roles. Others, and every program, are refused with `forbidden`
   * (403, `insufficient_scope` in the challenge). For some requests only: see `Verifier.requireRole`.
   */
  readonly requires?: RequiredOfCallers;
  /** Takes the place of the global `fetch`. */
  readonly fetch?: FetchLike;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** How many tokens are remembered, so that each signature is checked once. 10,000 unless said otherwise. */
  readonly maxRememberedTokens?: number;
}

/** What people have to have, besides a token. */
export interface RequiredOfCallers {
  /** One of them is enough. */
  readonly roles: readonly [string, ...string[]];
}

/** For services that programs call too, which got a token for themselves (the grant `client_credentials`). */
export interface ClientVerifierOptions extends Omit<VerifierOptions, "allowClients" | "requires"> {
  /** Lets those in. Without it every caller is a person and has a `userId`; with it look at `kind` first. */
  readonly allowClients: true;
  /** Programs have no roles: `Verifier.requireRole` is for what only people may do. */
  readonly requires?: undefined;
}

/** The options of a verifier, read. */
export interface VerifierSettings {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly origin: string;
  /** Empty, or such as `/reports`. */
  readonly pathPrefix: string;
  readonly required: RequiredAuthentication;
  /** Undefined: none is needed. */
  readonly roles: readonly string[] | undefined;
}

const names: ReadonlySet<string> = new Set<keyof VerifierOptions>([
  "issuer",
  "audience",
  "origin",
  "pathPrefix",
  "onRefused",
  "allowClients",
  "requires",
  "fetch",
  "now",
  "maxRememberedTokens",
  "acrValues",
  "maxAgeInSeconds",
]);

/** @throws TypeError for whatever is missing or not understood: an option that is ignored would be believed in */
export function readSettings(options: VerifierOptions | ClientVerifierOptions): VerifierSettings {
  for (const name of Object.keys(options)) if (!names.has(name)) throw wrong(name, "is not an option");
  for (const name of ["onRefused", "fetch", "now"] as const) {
    if (options[name] !== undefined && typeof options[name] !== "function")
      throw wrong(name, "is no function");
  }
  const { maxRememberedTokens: max, allowClients } = options;
  if (allowClients !== undefined && typeof allowClients !== "boolean")
    throw wrong("allowClients", "is neither true nor false");
  if (max !== undefined && !(Number.isSafeInteger(max) && max > 0))
    throw wrong("maxRememberedTokens", "is no whole number above 0");
  const issuer = readOrigin("issuer", options.issuer);
  const origin = readOrigin("origin", options.origin);
  return {
    issuer,
    audiences: readAudiences(options.audience, issuer),
    origin,
    pathPrefix: readPathPrefix(options.pathPrefix, origin),
    required: requiredOf(options),
    roles: readRequires(options),
  };
}

/** @throws TypeError for the same reasons */
export function readRequired(required: RequiredAuthentication): RequiredAuthentication {
  for (const name of Object.keys(required))
    if (name !== "acrValues" && name !== "maxAgeInSeconds") throw wrong(name, "is not a requirement");
  return requiredOf(required);
}

function requiredOf({ acrValues, maxAgeInSeconds }: RequiredAuthentication): RequiredAuthentication {
  const isList = Array.isArray(acrValues) && acrValues.length > 0 && acrValues.every(isAcr);
  if (acrValues !== undefined && !isList) throw wrong("acrValues", "is no list of sfa, mfa and phr");
  const isTime = Number.isSafeInteger(maxAgeInSeconds) && Number(maxAgeInSeconds) >= 0;
  if (maxAgeInSeconds !== undefined && !isTime)
    throw wrong("maxAgeInSeconds", "is no whole number of seconds");
  return {
    ...(acrValues === undefined ? {} : { acrValues: [...acrValues] }),
    ...(maxAgeInSeconds === undefined ? {} : { maxAgeInSeconds }),
  };
}

function readRequires({
  requires,
  allowClients,
}: VerifierOptions | ClientVerifierOptions): readonly string[] | undefined {
  if (requires === undefined) return undefined;
  const isObject = typeof requires === "object" && requires !== null;
  if (!isObject || Object.keys(requires).join() !== "roles" || !Array.isArray(requires.roles))
    throw wrong("requires", "is no object with roles, a list");
  if (allowClients) throw wrong("requires", "cannot be met by programs; use requireRole beside allowClients");
  return [...requires.roles];
}

function readOrigin(name: "issuer" | "origin", value: string | URL): string {
  if (!(typeof value === "string" || value instanceof URL) || !URL.canParse(value))
    throw wrong(name, "is no address such as https://api.example.com");
  const url = new URL(value);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw wrong(name, "is neither https nor http");
  const hint = name === "origin" ? "; a path that callers see is said by pathPrefix" : "";
  if (url.href !== `${url.origin}/`) throw wrong(name, `has more than scheme, host and port${hint}`);
  return url.origin;
}

function readAudiences(value: string | readonly string[], issuer: string): readonly string[] {
  const audiences: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (audiences.length === 0 || !audiences.every((one) => typeof one === "string" && one !== ""))
    throw wrong("audience", "is missing: name the audience of your client, or the issuer itself");
  // An address written with its empty path is the same address.
  return (audiences as string[]).map((one) => (one === `${issuer}/` ? issuer : one));
}

function readPathPrefix(value: string | undefined, origin: string): string {
  if (value === undefined) return "";
  const isPath = typeof value === "string" && /^(\/[^/?#\\]+)+$/.test(value);
  // As a browser would write it: no dots to walk up by, nothing left to encode.
  if (!isPath || new URL(value, origin).pathname !== value)
    throw wrong("pathPrefix", "is no path such as /reports, without a slash at its end");
  return value;
}

function wrong(name: string, what: string): TypeError {
  return new TypeError(`createVerifier: ${name} ${what}.`);
}
