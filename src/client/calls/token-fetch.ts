import type { Refresh } from "../session/refresh";
import type { SessionState } from "../session/session-state";
import type { WaitingCalls } from "../session/waiting-calls";
import { accessTokenOf, type FetchLike, type ProvenFetch } from "./proven-fetch";
import { isTokenRefusal, readRefusal } from "./refusal";

/** From a service that asks for more (RFC 9470): after a step-up only a new token says that there was one. */
const OLD_AUTHENTICATION = "insufficient_user_authentication";

/** Sends requests to other services with the access token of the moment; see `CountersignClient.fetch`. */
export function createTokenFetch(deps: {
  readonly session: SessionState;
  readonly refresh: Refresh;
  readonly provenFetch: ProvenFetch;
  readonly waitingCalls: WaitingCalls;
}): FetchLike {
  const { session, refresh, provenFetch, waitingCalls } = deps;
  const renew = async (failedAccessToken: string | undefined) => {
    const outcome = await refresh(failedAccessToken);
    // The request would go out without a token, and its refusal say nothing of the disk.
    if (outcome.status === "unavailable" && outcome.error !== undefined) throw outcome.error;
    return outcome.status === "refreshed";
  };
  const send: FetchLike = async (url, init = {}) => {
    if (session.wantsRefresh) await renew(session.current?.accessToken);
    const response = await provenFetch(url, init, session.current);
    if (response.status !== 401) return response;
    const refusal = await readRefusal(response.clone());
    if (!isTokenRefusal(refusal?.reason) && refusal?.reason !== OLD_AUTHENTICATION) return response;
    return (await renew(accessTokenOf(response))) ? provenFetch(url, init, session.current) : response;
  };
  return async (url, init = {}) => {
    const response = await send(url, init);
    if (response.status !== 401 && response.status !== 403) return response;
    const refusal = await readRefusal(response.clone());
    if (refusal?.reason !== OLD_AUTHENTICATION && refusal?.reason !== "step_up_required") return response;
    // The token of before says nothing of the step-up: it is refused once more, and renewed.
    return (await waitingCalls.wait(refusal.members, init.signal)) ? send(url, init) : response;
  };
}
