import type { CallService, ServiceAnswer } from "../calls/service";
import { singleFlight } from "../calls/single-flight";
import type { Unavailable } from "../calls/unavailable";
import type { DeviceKey } from "../key/device-key";
import { type TabLocks, withTabLock } from "../tabs/tab-lock";
import type { SessionState } from "./session-state";
import { outcomeOfFault, outcomeOfKeyFault } from "./store-fault";
import { type Delivery, isTokenOutput, tokensFrom } from "./token-store";

export type RefreshOutcome =
  /** There is a usable access token now, by our doing or another tab's. */
  | { readonly status: "refreshed" }
  /** There is no session any more. The only outcome that clears tokens. */
  | { readonly status: "signed_out"; readonly reason: string }
  /** Nobody knows: no network, too many calls, a fault on the way. The tokens are kept. */
  | Unavailable;

/**
 * Gets a new access token, once for all who ask at the same time, in this tab and across tabs.
 *
 * @param failedAccessToken the one that was refused; if another one has come since, nothing needs to be done
 */
export type Refresh = (failedAccessToken?: string) => Promise<RefreshOutcome>;

export interface RefreshOptions {
  readonly session: SessionState;
  readonly deviceKey: DeviceKey;
  readonly callService: CallService;
  readonly delivery: Delivery;
  /** Names the lock: the same for all tabs that use one service. */
  readonly scope: string;
  readonly locks: TabLocks | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const LOCK_TIMEOUT_IN_MS = 5_000;
const MAX_PAUSE_IN_SECONDS = 30;

const refreshed: RefreshOutcome = { status: "refreshed" };

export function createRefresh(options: RefreshOptions): Refresh {
  const { session } = options;
  let pausedUntilInMs = 0;
  let pausedBy: Unavailable | undefined;

  const run = singleFlight(async (failedAccessToken: string | undefined): Promise<RefreshOutcome> => {
    if (pausedBy && options.now() < pausedUntilInMs) return pausedBy;
    const outcome = await refreshOnce(options, failedAccessToken).catch(outcomeOfFault);
    const pause = outcome.status === "unavailable" ? (outcome.retryAfterInSeconds ?? 0) : 0;
    pausedUntilInMs = options.now() + Math.min(pause, MAX_PAUSE_IN_SECONDS) * 1000;
    pausedBy = outcome.status === "unavailable" ? outcome : undefined;
    return outcome;
  });

  return async (failedAccessToken) => {
    if (hasOtherThan(session, failedAccessToken)) return refreshed;
    return run(failedAccessToken);
  };
}

async function refreshOnce(options: RefreshOptions, failed: string | undefined): Promise<RefreshOutcome> {
  const { session } = options;
  if ((await session.reload()) === "key_lost") return signedOut("no_device_key");
  if (hasOtherThan(session, failed)) return refreshed;
  if (session.hint === "signed_out") return signedOut("not_signed_in");
  try {
    // Asking for tokens by another key than the session's would look like a theft.
    const key = await options.deviceKey.load();
    const wanted = session.current?.keyThumbprint ?? key?.thumbprint;
    if (key?.thumbprint === undefined || key.thumbprint !== wanted)
      return await ended(session, "no_device_key");
  } catch (error) {
    return outcomeOfKeyFault(error);
  }
  const underLock = async (): Promise<RefreshOutcome> => {
    // Only now: the holder of the lock before us has probably done it.
    if (hasOtherThan(session, failed) || (await session.adoptFromOtherTab())) return refreshed;
    if (session.hint === "signed_out") return signedOut("not_signed_in");
    return requestTokens(options);
  };
  return withTabLock(`countersign:refresh:${options.scope}`, underLock, {
    timeoutInMs: LOCK_TIMEOUT_IN_MS,
    locks: options.delivery === "cookie" ? options.locks : undefined,
  });
}

async function requestTokens(options: RefreshOptions): Promise<RefreshOutcome> {
  const { session, delivery } = options;
  const { epoch } = session;
  const refreshToken = session.current?.refreshToken;
  const answer = await options.callService({
    method: "POST",
    path: "/api/auth/refresh-token",
    body: refreshToken === undefined ? {} : { refresh_token: refreshToken },
  });
  // Someone signed in or out meanwhile: this answer, good or bad, is about a session that is not the present one.
  if (session.epoch !== epoch) return outcomeOfOtherSignIn(session);
  if (answer.status === "refused" && answer.httpStatus === 401) {
    // A process that shares the store may have signed in again: its tokens are not ours to clear.
    await session.reload();
    if (session.current?.refreshToken !== refreshToken) {
      return session.current && !session.usable ? requestTokens(options) : outcomeOfOtherSignIn(session);
    }
  }
  if (answer.status !== "ok") return await outcomeOfRefusal(session, answer);
  if (!isTokenOutput(answer.body)) return { status: "unavailable", cause: "server" };
  const { keyThumbprint } = answer;
  await session.renew(tokensFrom(answer.body, { keyThumbprint, delivery, nowInMs: options.now() }));
  return refreshed;
}

async function outcomeOfOtherSignIn(session: SessionState): Promise<RefreshOutcome> {
  if (session.hint === "signed_out") return signedOut("not_signed_in");
  if (session.usable || (await session.adoptFromOtherTab())) return refreshed;
  return { status: "unavailable", cause: "network" };
}

async function outcomeOfRefusal(
  session: SessionState,
  answer: Exclude<ServiceAnswer, { status: "ok" }>,
): Promise<RefreshOutcome> {
  if (answer.status === "unavailable") return answer;
  const { httpStatus, refusal } = answer;
  if (httpStatus === 401) return ended(session, refusal.reason);
  const { retryAfterInSeconds } = refusal;
  return {
    status: "unavailable",
    cause: httpStatus === 429 ? "rate_limited" : "server",
    ...(retryAfterInSeconds === undefined ? {} : { retryAfterInSeconds }),
  };
}

async function ended(session: SessionState, reason: string): Promise<RefreshOutcome> {
  await session.end(reason);
  return signedOut(reason);
}

function signedOut(reason: string): RefreshOutcome {
  return { status: "signed_out", reason };
}

function hasOtherThan(session: SessionState, failedAccessToken: string | undefined): boolean {
  return session.usable !== undefined && session.usable.accessToken !== failedAccessToken;
}
