import type { RequiredAuthentication } from "./authentication";

/** Why a request was refused; but for one, the same codes as the service's own error table. */
export type VerificationErrorCode =
  | "invalid_token"
  | "token_expired"
  | "invalid_dpop_proof"
  | "device_mismatch"
  /** The token is good, its user was not authenticated well or recently enough for this (RFC 9470). */
  | "insufficient_user_authentication"
  /** The token is good, and its holder may not do this: see `requireRole` and `requireScope`. */
  | "forbidden"
  /** The published keys could not be had: try again; nothing is known of the token. */
  | "temporarily_unavailable";

/** What a refused caller needs to do better. */
interface Hints {
  /** Seconds since the epoch by this service's clock, after a proof whose time is not right. */
  readonly serverTimeInSeconds?: number;
  /** Seconds until a new proof can be accepted, where one made at once would be refused too. */
  readonly retryAfterInSeconds?: number;
}

/** What did not fit, for the log of the service that refuses. DANGER: not for the caller, who could feel the way by it. */
export interface Mismatch {
  /** A claim or header by its name, such as `aud` or `htu`, or what else was compared. */
  readonly what: string;
  readonly expected: string;
  /** As JSON and cut short, because it comes from the caller; `nothing` where nothing was. */
  readonly found: string;
}

/**
 * A refusal. All of it but `cause` and `mismatch`, which are for the log, may be sent to the caller.
 *
 * Recognise it by its `code`, or with `instanceof` where there is only one copy of this package.
 *
 * @example
 * import { VerificationError } from "countersign/verify";
 *
 * const isExpired = (error: unknown) => error instanceof VerificationError && error.code === "token_expired";
 */
export class VerificationError extends Error {
  readonly code: VerificationErrorCode;
  /** HTTP status: 401, 403 for `forbidden`, or 503 when the keys cannot be had. */
  readonly status: 401 | 403 | 503;
  /** `WWW-Authenticate` (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9470 section 3). */
  readonly challenge: string;
  /** Undefined where there was nothing to compare. */
  readonly mismatch: Mismatch | undefined;
  /** What would be enough, after `insufficient_user_authentication`. */
  readonly required: RequiredAuthentication | undefined;
  /** Seconds since the epoch by this service's clock, after a proof whose time is not right. */
  readonly serverTimeInSeconds: number | undefined;
  /** Seconds until a new proof can be accepted, where one made at once would be refused too. */
  readonly retryAfterInSeconds: number | undefined;

  constructor(
    code: VerificationErrorCode,
    options: Hints & {
      readonly cause?: unknown;
      readonly tokenWasAbsent?: true;
      readonly mismatch?: Mismatch;
      readonly required?: RequiredAuthentication;
      /** The scope that is missing. */
      readonly requiredScope?: string;
      /** Whether the token is bound to a key. */
      readonly isBound?: boolean;
    } = {},
  ) {
    super(messages[code], { cause: options.cause });
    this.name = "VerificationError";
    this.code = code;
    this.status = statusOf(code);
    this.mismatch = options.mismatch;
    this.required = options.required;
    const isBound = options.isBound === true;
    this.challenge = options.required
      ? stepUpChallenge(options.required, isBound)
      : code === "forbidden"
        ? scopeChallenge(options.requiredScope, isBound)
        : challengeOf(code, options.tokenWasAbsent === true);
    this.serverTimeInSeconds = options.serverTimeInSeconds;
    this.retryAfterInSeconds = options.retryAfterInSeconds;
  }
}

const MAX_SHOWN_LENGTH = 200;

/** @returns a refusal that says in the log what was expected and what was found */
export function refusal(
  code: VerificationErrorCode,
  what: string,
  expected: string,
  found: unknown,
): VerificationError {
  return new VerificationError(code, { mismatch: mismatchOf(what, expected, found) });
}

export function mismatchOf(what: string, expected: string, found: unknown): Mismatch {
  const text = found === undefined ? "nothing" : JSON.stringify(found);
  return { what, expected, found: text.slice(0, MAX_SHOWN_LENGTH) };
}

const messages = {
  invalid_token: "The access token is missing or not valid.",
  token_expired: "The access token has expired.",
  invalid_dpop_proof: "The proof of the device's key is missing or not valid.",
  device_mismatch: "The access token belongs to another device.",
  forbidden: "You may not do this.",
  insufficient_user_authentication: "This needs a stronger or a more recent authentication.",
  temporarily_unavailable: "The keys that verify tokens could not be fetched. Please try again later.",
} as const satisfies Record<VerificationErrorCode, string>;

function challengeOf(code: VerificationErrorCode, tokenWasAbsent: boolean): string {
  if (tokenWasAbsent) return 'Bearer, DPoP algs="ES256"';
  switch (code) {
    case "invalid_dpop_proof":
      return 'DPoP algs="ES256", error="invalid_dpop_proof"';
    case "device_mismatch":
      return 'DPoP algs="ES256", error="invalid_token"';
    default:
      return 'Bearer error="invalid_token", DPoP algs="ES256", error="invalid_token"';
  }
}

function statusOf(code: VerificationErrorCode): 401 | 403 | 503 {
  if (code === "forbidden") return 403;
  return code === "temporarily_unavailable" ? 503 : 401;
}

/** RFC 6750 section 3.1. A role is no scope, and none is named for it. */
function scopeChallenge(scope: string | undefined, isBound: boolean): string {
  const named = scope === undefined ? "" : `, scope="${scope}"`;
  return `${isBound ? 'DPoP algs="ES256",' : "Bearer"} error="insufficient_scope"${named}`;
}

/** By the scheme that the token came by. */
function stepUpChallenge(
  { acrValues = [], maxAgeInSeconds }: RequiredAuthentication,
  isBound: boolean,
): string {
  const parameters = ['error="insufficient_user_authentication"'];
  if (acrValues.length > 0) parameters.push(`acr_values="${acrValues.join(" ")}"`);
  if (maxAgeInSeconds !== undefined) parameters.push(`max_age="${maxAgeInSeconds}"`);
  return `${isBound ? 'DPoP algs="ES256",' : "Bearer"} ${parameters.join(", ")}`;
}
