import { randomUUID, sign } from "node:crypto";
import { errors, type JWTPayload, jwtVerify } from "jose";
import { LRUCache } from "lru-cache";
import type { Acr, Amr } from "../../contract/assurance";
import { DomainError } from "../domain-error";
import type { Clock } from "../ports";
import type { ServerKeys } from "./server-keys";

/** How and when the user was authenticated, in the claims of RFC 9068 section 2.2.1. */
export interface TokenAuthentication {
  readonly acr: Acr;
  readonly amr: readonly Amr[];
  /** Seconds since the epoch. */
  readonly auth_time: number;
}

/** What an access token says (RFC 9068). Nothing in it is secret. */
export interface AccessTokenClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly clientId: string;
  readonly roles: readonly string[];
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

export interface AccessTokensOptions {
  readonly keys: ServerKeys;
  readonly clock: Clock;
  readonly issuer: string;
  readonly lifetimeInSeconds: number;
}

/** More distinct tokens than are in use at once; each entry costs about a kilobyte. */
const REMEMBERED_TOKENS = 10_000;

/** Clocks of several instances differ a little, and one that is set back by five minutes signs nobody out. */
const ISSUED_AHEAD_IN_SECONDS = 300;

/**
 * Issues and verifies access tokens: ES256 only, `typ: at+jwt`, our issuer and audience.
 *
 * A verified token is remembered, so that the signature of each is checked once; its expiry and the retirement of its
 * key are checked every time. Whether its session still lives is not asked here.
 */
export class AccessTokens {
  readonly #options: AccessTokensOptions;
  readonly #verified = new LRUCache<string, { claims: InspectedToken; kid: string }>({
    max: REMEMBERED_TOKENS,
  });

  constructor(options: AccessTokensOptions) {
    this.#options = options;
  }

  get lifetimeInSeconds(): number {
    return this.#options.lifetimeInSeconds;
  }

  /**
   * Signed here and now: handing one signature to another thread, as jose does through WebCrypto, costs the event loop
   * twice what making it costs (docs/decisions/0010-signatures-and-threads.md).
   */
  issue(claims: AccessTokenClaims, lifetimeInSeconds = this.lifetimeInSeconds): string {
    const { keys, clock, issuer } = this.#options;
    const { kid, privateKey } = keys.current("sig");
    const issuedAt = Math.floor(clock.now().getTime() / 1000);
    const header = encode({ alg: "ES256", typ: "at+jwt", kid });
    const payload = encode({
      iss: issuer,
      aud: claims.audience ?? issuer,
      sub: claims.userId,
      client_id: claims.clientId,
      sid: claims.sessionId,
      roles: claims.roles,
      iat: issuedAt,
      exp: issuedAt + lifetimeInSeconds,
      // Not from the injected source: Node draws these in advance, twenty times as fast as 16 bytes when they are asked for,
      // and nothing depends on which one it is.
      jti: randomUUID(),
      ...claims.authentication,
      ...(claims.scope === null ? {} : { scope: claims.scope }),
      ...(claims.keyThumbprint === null ? {} : { cnf: { jkt: claims.keyThumbprint } }),
    });
    const signed = `${header}.${payload}`;
    // RFC 7518 section 3.4: the two numbers, 32 bytes each, and not DER.
    const signature = sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
    return `${signed}.${signature.toString("base64url")}`;
  }

  /** @throws DomainError `token_expired`, or `invalid_token` for anything else that is wrong with it */
  async verify(token: string): Promise<AccessTokenClaims> {
    const claims = this.#findVerified(token) ?? (await this.#verifyAnew(token));
    // RFC 9068 section 4: a token for somebody else opens nothing here.
    if (claims.audience !== null) throw new DomainError("invalid_token");
    return claims;
  }

  /** Likewise, whomever it is for: for telling others about a token, never for opening anything. */
  async inspect(token: string): Promise<InspectedToken> {
    return this.#findVerified(token) ?? this.#verifyAnew(token);
  }

  /** @throws DomainError `token_expired` */
  #findVerified(token: string): InspectedToken | undefined {
    const known = this.#verified.get(token);
    if (!known || !this.#options.keys.find("sig", known.kid)) return undefined;
    if (this.#isOfNow(known.claims)) return known.claims;
    throw new DomainError("token_expired");
  }

  /**
   * Not expired, and not issued later than now: that was by a clock which was ahead and has been set right, and the token
   * would live longer by as much. Whoever holds it gets a new one.
   */
  #isOfNow({ issuedAt, expiresAt }: InspectedToken): boolean {
    const nowInSeconds = this.#options.clock.now().getTime() / 1000;
    return expiresAt > nowInSeconds && issuedAt <= nowInSeconds + ISSUED_AHEAD_IN_SECONDS;
  }

  async #verifyAnew(token: string): Promise<InspectedToken> {
    const { keys, issuer, clock } = this.#options;
    try {
      if (!hasCanonicalSignature(token)) throw new errors.JWSInvalid();
      const { payload, protectedHeader } = await jwtVerify(
        token,
        // The key comes from our own list by its id and from nowhere else: `jwk`, `jku` and `x5u` are not looked at.
        (header) => {
          const key = header.kid === undefined ? undefined : keys.find("sig", header.kid);
          if (!key) throw new errors.JWKSNoMatchingKey();
          return key.publicKey;
        },
        {
          algorithms: ["ES256"],
          typ: "at+jwt",
          issuer,
          currentDate: clock.now(),
          requiredClaims: ["exp", "iat", "sub", "aud", "jti", "sid", "client_id"],
        },
      );
      const { aud } = payload;
      // We write one audience, and as text.
      if (typeof aud !== "string") throw new errors.JWTClaimValidationFailed("aud", payload, "aud");
      const claims: InspectedToken = {
        userId: String(payload.sub),
        sessionId: String(payload.sid),
        clientId: String(payload.client_id),
        roles: Array.isArray(payload.roles) ? payload.roles.map(String) : [],
        keyThumbprint: thumbprintOf(payload.cnf),
        authentication: authenticationIn(payload),
        audience: aud === issuer ? null : aud,
        scope: typeof payload.scope === "string" ? payload.scope : null,
        issuedAt: Number(payload.iat),
        expiresAt: Number(payload.exp),
        id: String(payload.jti),
      };
      if (!this.#isOfNow(claims)) throw new errors.JWTExpired("issued later than now", payload, "iat");
      this.#verified.set(token, { claims, kid: String(protectedHeader.kid) });
      return claims;
    } catch (cause) {
      throw new DomainError(
        cause instanceof errors.JWTExpired ? "token_expired" : "invalid_token",
        {},
        { cause },
      );
    }
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/**
 * A 64-byte signature can be written in sixteen ways, because four bits of its last character mean nothing; decoders take
 * them all. One token has one spelling.
 */
function hasCanonicalSignature(token: string): boolean {
  const signature = token.slice(token.lastIndexOf(".") + 1);
  return Buffer.from(signature, "base64url").toString("base64url") === signature;
}

/** As we wrote it: the signature is ours. */
function authenticationIn({ acr, amr, auth_time }: JWTPayload): TokenAuthentication | undefined {
  return acr === undefined ? undefined : ({ acr, amr, auth_time } as TokenAuthentication);
}

function thumbprintOf(confirmation: unknown): string | null {
  if (typeof confirmation !== "object" || confirmation === null || !("jkt" in confirmation)) return null;
  return String(confirmation.jkt);
}
