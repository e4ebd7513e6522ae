import type { Operation, TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import type { Refresh, RefreshOutcome } from "../../session/refresh";
import { abortable } from "../abortable";
import { pause } from "../pause";
import { accessTokenOf } from "../proven-fetch";
import { isTokenRefusal } from "../refusal";
import { reasonOf, unavailableError } from "./client-error";
import { isOpenProcedure } from "./open-procedures";
import { repeatable } from "./repeatable";

export interface RefreshLinkOptions {
  readonly refresh: Refresh;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What EventSource waits before it reconnects. */
const STREAM_PAUSE_IN_MS = 3_000;

/** A stream that has lived this long may be given a new token again. */
const STEADY_AFTER_IN_MS = 10_000;

/**
 * When a call is refused for its access token: one refresh, and the call once more. A second refusal is passed on, and
 * so is the first when the session has ended. Subscriptions are subscribed again.
 */
export function refreshLink<TRouter extends AnyTRPCRouter>(options: RefreshLinkOptions): TRPCLink<TRouter> {
  const { refresh } = options;
  return () => (call) => {
    const { op } = call;
    const mayRepeat = createAllowance(op, options.now);
    return repeatable(call, {
      async mend(error, signal) {
        if (!isTokenRefusal(reasonOf(error)) || !mayRepeat()) return error;
        const failed = accessTokenOf(error.meta?.response);
        const outcome = await refreshFor(op, signal, () => refresh(failed));
        if (outcome.status === "unavailable") return unavailableError(outcome, error);
        return outcome.status === "refreshed" ? undefined : error;
      },
    });
  };
}

/** A call that gets no new token now fails and may be made again; a stream waits, as it does for the network. */
async function refreshFor(
  op: Operation,
  signal: AbortSignal,
  refresh: () => Promise<RefreshOutcome>,
): Promise<RefreshOutcome> {
  const outcome = await abortable(refresh(), signal);
  if (outcome.status !== "unavailable" || op.type !== "subscription") return outcome;
  await pause(STREAM_PAUSE_IN_MS, signal);
  return refreshFor(op, signal, refresh);
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
