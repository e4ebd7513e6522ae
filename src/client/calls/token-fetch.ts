import type { Refresh } from "../session/refresh";
import type { SessionState } from "../session/session-state";
import { accessTokenOf, type FetchLike, type ProvenFetch } from "./proven-fetch";
import { isTokenRefusal, readRefusal } from "./refusal";

/** From a service that asks for more (RFC 9470): after a step-up only a new token says that there was one. */
const OLD_AUTHENTICATION = "insufficient_user_authentication";

/** Sends requests to other services with the access token of the moment; see `CountersignClient.fetch`. */
export function createTokenFetch(deps: {
  readonly session: SessionState;
  readonly refresh: Refresh;
  readonly provenFetch: ProvenFetch;
}): FetchLike {
  const { session, refresh, provenFetch } = deps;
  const renew = async (failedAccessToken: string | undefined) => {
    const outcome = await refresh(failedAccessToken);
    // The request would go out without a token, and its refusal say nothing of the disk.
    if (outcome.status === "unavailable" && outcome.error !== undefined) throw outcome.error;
    return outcome.status === "refreshed";
  };
  return async (url, init = {}) => {
    if (session.wantsRefresh) await renew(session.current?.accessToken);
    const response = await provenFetch(url, init, session.current);
    if (response.status !== 401) return response;
    const refusal = await readRefusal(response.clone());
    if (!isTokenRefusal(refusal?.reason) && refusal?.reason !== OLD_AUTHENTICATION) return response;
    return (await renew(accessTokenOf(response))) ? provenFetch(url, init, session.current) : response;
  };
}
