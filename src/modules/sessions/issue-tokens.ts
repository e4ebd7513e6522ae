import type { Clock, SecretRing } from "../ports";
import { type AccessTokens, formatRefreshToken } from "../tokens";
import { earlier } from "./lifetimes";
import type { SessionRecord } from "./session";

/** A pair of tokens and what belongs to them. The refresh token is in here and nowhere else. */
export interface IssuedTokens {
  readonly accessToken: string;
  readonly tokenType: "Bearer" | "DPoP";
  readonly accessTokenLifetimeInSeconds: number;
  readonly refreshToken: string;
  readonly refreshTokenLifetimeInSeconds: number;
  readonly sessionId: string;
}

export interface TokenIssuer {
  readonly accessTokens: AccessTokens;
  readonly secrets: SecretRing;
  readonly clock: Clock;
  /** The `aud` of a client's access tokens; null: ours. */
  readonly audienceOf: (clientId: string) => Promise<string | null>;
}

/** Signs an access token and derives the refresh token of the session's present counter. */
export async function issueTokens(
  session: SessionRecord,
  roles: readonly string[],
  by: TokenIssuer,
): Promise<IssuedTokens> {
  const { accessTokens, secrets, clock, audienceOf } = by;
  const accessToken = accessTokens.issue({
    userId: session.userId,
    sessionId: session.id,
    clientId: session.clientId,
    roles,
    keyThumbprint: session.keyThumbprint,
    audience: await audienceOf(session.clientId),
  });
  const endsAt = earlier(session.idleExpiresAt, session.expiresAt);
  return {
    accessToken,
    tokenType: session.keyThumbprint === null ? "Bearer" : "DPoP",
    accessTokenLifetimeInSeconds: accessTokens.lifetimeInSeconds,
    refreshToken: formatRefreshToken({ sessionId: session.id, counter: session.counter }, secrets),
    refreshTokenLifetimeInSeconds: Math.max(0, Math.ceil((endsAt.getTime() - clock.now().getTime()) / 1000)),
    sessionId: session.id,
  };
}
