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

/** Signs an access token and derives the refresh token of the session's present counter. */
export async function issueTokens(
  session: SessionRecord,
  roles: readonly string[],
  by: { readonly accessTokens: AccessTokens; readonly secrets: SecretRing; readonly clock: Clock },
): Promise<IssuedTokens> {
  const { accessTokens, secrets, clock } = by;
  const accessToken = await accessTokens.issue({
    userId: session.userId,
    sessionId: session.id,
    clientId: session.clientId,
    roles,
    keyThumbprint: session.keyThumbprint,
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
