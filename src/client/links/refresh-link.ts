import { type Operation, TRPCClientError, type TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { observable, type Unsubscribable } from "@trpc/server/observable";
import { abortable } from "../abortable";
import { accessTokenOf } from "../proven-fetch";
import type { Refresh } from "../refresh";
import { isTokenRefusal } from "../refusal";
import type { SessionState } from "../session-state";
import { reasonOf, unavailableError } from "./client-error";
import { isOpenProcedure } from "./open-procedures";

export interface RefreshLinkOptions {
  readonly session: SessionState;
  readonly refresh: Refresh;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What EventSource waits before it reconnects. */
const STREAM_PAUSE_IN_MS = 3_000;

/** A stream that has lived this long may be mended again. */
const STEADY_AFTER_IN_MS = 10_000;

/**
 * When a call is refused for its access token: one refresh, and the call once more. A second refusal is passed on, and
 * so is the first when the session has ended. Subscriptions are subscribed anew.
 */
export function refreshLink<TRouter extends AnyTRPCRouter>(options: RefreshLinkOptions): TRPCLink<TRouter> {
  const { session, refresh } = options;
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        let cancelled = false;
        let inner: Unsubscribable | undefined;
        const mayRepeat = createAllowance(op, options.now);

        const attempt = () => {
          const token = session.current?.accessToken;
          inner = next(op).subscribe({
            next: (envelope) => observer.next(envelope),
            complete: () => observer.complete(),
            error(error) {
              if (!isTokenRefusal(reasonOf(error)) || !mayRepeat()) return observer.error(error);
              void mend(error, accessTokenOf(error.meta?.response) ?? token);
            },
          });
        };

        const mend = async (error: TRPCClientError<TRouter>, failedAccessToken: string | undefined) => {
          try {
            let outcome = await abortable(refresh(failedAccessToken), op.signal);
            // A call fails and may be made again; a stream waits, as it does for the network.
            while (outcome.status === "unavailable" && op.type === "subscription" && !cancelled) {
              await abortable(pause(STREAM_PAUSE_IN_MS), op.signal);
              if (!cancelled) outcome = await abortable(refresh(failedAccessToken), op.signal);
            }
            if (cancelled) return;
            if (outcome.status === "refreshed") attempt();
            else observer.error(outcome.status === "signed_out" ? error : unavailableError(outcome, error));
          } catch (reason) {
            observer.error(TRPCClientError.from(reason instanceof Error ? reason : error));
          }
        };

        attempt();
        return () => {
          cancelled = true;
          inner?.unsubscribe();
        };
      });
}

/** One repetition a call; a subscription earns another one by living on. */
function createAllowance(op: Operation, now: () => number): () => boolean {
  let lastRepeatInMs: number | undefined;
  return () => {
    if (isOpenProcedure(op.path)) return false;
    const earned = op.type === "subscription" && now() - (lastRepeatInMs ?? 0) > STEADY_AFTER_IN_MS;
    if (lastRepeatInMs !== undefined && !earned) return false;
    lastRepeatInMs = now();
    return true;
  };
}

function pause(timeInMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, timeInMs));
}
