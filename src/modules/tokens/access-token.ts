import { randomUUID, sign } from "node:crypto";
import { errors, type JWTPayload, jwtVerify } from "jose";
import { LRUCache } from "lru-cache";
import { DomainError } from "../domain-error";
import type { Clock } from "../ports";
import {
  type AccessTokenClaims,
  authenticationIn,
  type ClientTokenClaims,
  commonClaimsOf,
  type InspectedClientToken,
  type InspectedToken,
  limitsOf,
  type TokenNames,
} from "./access-token-claims";
import type { ServerKeys } from "./server-keys";

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

  /** @param names left out, the token does not say what its user is called */
  issue(
    claims: AccessTokenClaims,
    lifetimeInSeconds = this.lifetimeInSeconds,
    names: TokenNames | undefined = undefined,
  ): string {
    const { userId, clientId, sessionId, roles, authentication, audience } = claims;
    return this.#sign(
      {
        aud: audience ?? this.#options.issuer,
        sub: userId,
        client_id: clientId,
        sid: sessionId,
        ...(roles === null ? {} : { roles }),
        ...names,
        ...authentication,
        ...limitsOf(claims),
      },
      lifetimeInSeconds,
    );
  }

  /** A token without a person, a session or roles. */
  issueForClient(claims: ClientTokenClaims): string {
    const { clientId, audience } = claims;
    return this.#sign(
      { aud: audience, sub: clientId, client_id: clientId, ...limitsOf(claims) },
      this.lifetimeInSeconds,
    );
  }

  /**
   * Signed here and now: handing one signature to another thread, as jose does through WebCrypto, costs the event loop
   * twice what making it costs (docs/decisions/0010-signatures-and-threads.md).
   */
  #sign(claims: object, lifetimeInSeconds: number): string {
    const { keys, clock, issuer } = this.#options;
    const { kid, privateKey } = keys.current("sig");
    const issuedAt = Math.floor(clock.now().getTime() / 1000);
    const header = encode({ alg: "ES256", typ: "at+jwt", kid });
    const payload = encode({
      iss: issuer,
      ...claims,
      iat: issuedAt,
      exp: issuedAt + lifetimeInSeconds,
      // Not from the injected source: Node draws these in advance, twenty times as fast as 16 bytes when they are asked for,
      // and nothing depends on which one it is.
      jti: randomUUID(),
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

  /** The same for every audience: for introspection, never for letting a call in. */
  async inspect(token: string): Promise<InspectedToken> {
    return this.#findVerified(token) ?? this.#verifyAnew(token);
  }

  /**
   * A client's own token, which has no user, for introspection.
   *
   * @throws DomainError `token_expired`; `invalid_token` for anything else, also for a person's token
   */
  async inspectForClient(token: string): Promise<InspectedClientToken> {
    const { payload } = await this.#readSigned(token);
    const { sub, sid, aud, client_id: clientId } = payload;
    if (sid !== undefined || typeof clientId !== "string" || sub !== clientId)
      throw new DomainError("invalid_token");
    return { clientId, audience: String(aud), ...commonClaimsOf(payload) };
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
   * would live longer by as much. Its holder gets a new one.
   */
  #isOfNow({ issuedAt, expiresAt }: Pick<InspectedToken, "issuedAt" | "expiresAt">): boolean {
    const nowInSeconds = this.#options.clock.now().getTime() / 1000;
    return expiresAt > nowInSeconds && issuedAt <= nowInSeconds + ISSUED_AHEAD_IN_SECONDS;
  }

  async #verifyAnew(token: string): Promise<InspectedToken> {
    const { issuer } = this.#options;
    const { payload, kid } = await this.#readSigned(token);
    // Without a session nobody is signed in by it: it is a client's.
    if (typeof payload.sid !== "string") throw new DomainError("invalid_token");
    const claims: InspectedToken = {
      userId: String(payload.sub),
      sessionId: payload.sid,
      clientId: String(payload.client_id),
      roles: Array.isArray(payload.roles) ? payload.roles.map(String) : null,
      authentication: authenticationIn(payload),
      audience: payload.aud === issuer ? null : String(payload.aud),
      ...commonClaimsOf(payload),
    };
    this.#verified.set(token, { claims, kid });
    return claims;
  }

  /** @throws DomainError `token_expired`, or `invalid_token` for anything else that is wrong with it */
  async #readSigned(token: string): Promise<{ payload: JWTPayload; kid: string }> {
    const { keys, issuer, clock } = this.#options;
    try {
      if (!hasCanonicalSignature(token)) throw new errors.JWSInvalid();
      const { payload, protectedHeader } = await jwtVerify(
        token,
        // The key comes from our own list by its id and from nowhere else: `jwk`, `jku` and `x5u` are not looked at.
        async (header) => {
          const key = header.kid === undefined ? undefined : await keys.findOrLoad("sig", header.kid);
          if (!key) throw new errors.JWKSNoMatchingKey();
          return key.publicKey;
        },
        {
          algorithms: ["ES256"],
          typ: "at+jwt",
          issuer,
          currentDate: clock.now(),
          requiredClaims: ["exp", "iat", "sub", "aud", "jti", "client_id"],
        },
      );
      // We write one audience, and as text.
      if (typeof payload.aud !== "string") throw new errors.JWTClaimValidationFailed("aud", payload, "aud");
      if (!this.#isOfNow(commonClaimsOf(payload)))
        throw new errors.JWTExpired("issued later than now", payload, "iat");
      return { payload, kid: String(protectedHeader.kid) };
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
