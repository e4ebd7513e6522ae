import { type Authentication, assuranceOf } from "../assurance";
import type { TokenReach } from "../clients";
import type { Clock, SecretRing } from "../ports";
import { type AccessTokens, formatRefreshToken, type TokenAuthentication } from "../tokens";
import { earlier } from "./lifetimes";
import { type Principal, type SessionRecord, tellsRoles } from "./session";

/** A pair of tokens and what belongs to them. The refresh token is in here and nowhere else. */
export interface IssuedTokens {
  readonly accessToken: string;
  readonly tokenType: "Bearer" | "DPoP";
  readonly accessTokenLifetimeInSeconds: number;
  readonly refreshToken: string;
  readonly refreshTokenLifetimeInSeconds: number;
  readonly sessionId: string;
  /** Whether the access token says what roles its user has. */
  readonly tellsRoles: boolean;
}

export interface TokenIssuer {
  readonly accessTokens: AccessTokens;
  readonly secrets: SecretRing;
  readonly clock: Clock;
  /** Whom a client's access tokens are for, and what they open there. */
  readonly reachOf: (clientId: string) => Promise<TokenReach>;
  /** Hears of each that gets tokens, or at whose pages somebody is signed in. */
  readonly noteUse: (clientId: string) => Promise<void>;
  /** Whether a client's access tokens say what their user is called. */
  readonly namesUser: (clientId: string) => boolean;
}

/** Signs an access token and derives the refresh token of the session's present counter. */
export async function issueTokens(
  session: SessionRecord,
  { roles, username, displayName }: Omit<Principal["user"], "id">,
  by: TokenIssuer,
): Promise<IssuedTokens> {
  const { accessTokens, secrets, clock, reachOf, namesUser, noteUse } = by;
  const reach = await reachOf(session.clientId);
  await noteUse(session.applicationId ?? session.clientId);
  const secondsUntil = (end: Date) => Math.ceil((end.getTime() - clock.now().getTime()) / 1000);
  const endsAt = earlier(session.idleExpiresAt, session.expiresAt);
  // The token alone lets a call in, here and at services that verify tokens themselves: it must not outlive the session.
  const lifetimeInSeconds = Math.max(1, Math.min(accessTokens.lifetimeInSeconds, secondsUntil(endsAt)));
  const { keyThumbprint, userId, clientId } = session;
  const authentication = authenticationOf(session);
  const accessToken = accessTokens.issue(
    {
      ...{ userId, sessionId: session.id, clientId, keyThumbprint, authentication },
      roles: tellsRoles(session) ? roles : null,
      ...reach,
    },
    lifetimeInSeconds,
    namesUser(clientId) ? { preferred_username: username, name: displayName } : undefined,
  );
  return {
    accessToken,
    tokenType: keyThumbprint === null ? "Bearer" : "DPoP",
    accessTokenLifetimeInSeconds: lifetimeInSeconds,
    refreshToken: formatRefreshToken({ sessionId: session.id, counter: session.counter }, secrets),
    refreshTokenLifetimeInSeconds: Math.max(0, secondsUntil(endsAt)),
    sessionId: session.id,
    tellsRoles: tellsRoles(session),
  };
}

/** What tokens and introspection say of how and when the session's user was authenticated. */
export function authenticationOf({ factors, authenticatedAt }: Authentication): TokenAuthentication {
  return { ...assuranceOf(factors), auth_time: Math.floor(authenticatedAt.getTime() / 1000) };
}
