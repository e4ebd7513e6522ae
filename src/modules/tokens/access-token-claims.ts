import type { JWTPayload } from "jose";
import type { Acr, Amr } from "../../contract/assurance";

/** How and when the user was authenticated, in the claims of RFC 9068 section 2.2.1. */
export interface TokenAuthentication {
  readonly acr: Acr;
  readonly amr: readonly Amr[];
  /** Seconds since the epoch. */
  readonly auth_time: number;
}

/** What its user is called, in the claims of OpenID Connect Core section 5.1. */
export interface TokenNames {
  readonly preferred_username: string;
  readonly name: string;
}

/** What an access token says (RFC 9068). Nothing in it is secret. */
export interface AccessTokenClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly clientId: string;
  /** Null where it does not say them. */
  readonly roles: readonly string[] | null;
  /** RFC 7638 thumbprint of the key the token is bound to (`cnf.jkt`, RFC 9449 section 6). */
  readonly keyThumbprint: string | null;
  /** Nothing in a token that was issued before tokens said it. */
  readonly authentication: TokenAuthentication | undefined;
  /** Whom it is for; null: us. */
  readonly audience: string | null;
  /** Null where it is not limited to less than its audience gives. */
  readonly scope: string | null;
}

/** A verified token with the times it carries, in seconds since the epoch. */
export interface InspectedToken extends AccessTokenClaims {
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly id: string;
}

/** What a client's own token says (RFC 6749 section 4.4). It has no user: `sub` is the client itself. */
export interface ClientTokenClaims {
  readonly clientId: string;
  readonly keyThumbprint: string | null;
  /** Never us: nothing here is opened by such a token. */
  readonly audience: string;
  readonly scope: string | null;
}

/** The same, verified, with its times in seconds since the epoch. */
export interface InspectedClientToken extends ClientTokenClaims {
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly id: string;
}

/** What limits any token of ours: its scope, and the key that it is bound to. */
export function limitsOf({ scope, keyThumbprint }: Pick<AccessTokenClaims, "scope" | "keyThumbprint">) {
  return {
    ...(scope === null ? {} : { scope }),
    ...(keyThumbprint === null ? {} : { cnf: { jkt: keyThumbprint } }),
  };
}

/** What every token of ours says, a person's or a client's. */
export function commonClaimsOf(payload: JWTPayload) {
  return {
    keyThumbprint: thumbprintOf(payload.cnf),
    scope: typeof payload.scope === "string" ? payload.scope : null,
    issuedAt: Number(payload.iat),
    expiresAt: Number(payload.exp),
    id: String(payload.jti),
  };
}

/** As we wrote it: the signature is ours. */
export function authenticationIn({ acr, amr, auth_time }: JWTPayload): TokenAuthentication | undefined {
  return acr === undefined ? undefined : ({ acr, amr, auth_time } as TokenAuthentication);
}

function thumbprintOf(confirmation: unknown): string | null {
  if (typeof confirmation !== "object" || confirmation === null || !("jkt" in confirmation)) return null;
  return String(confirmation.jkt);
}
