import type { TRPCClientError, TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import type { Clock } from "../clock";
import { isRecord } from "../refusal";
import { reasonOf } from "./client-error";
import { repeatable } from "./repeatable";

/**
 * When the proof of a call is refused: corrects the clock by the refusal's `server_time` and makes the call once more.
 *
 * A fetch sees that only where the whole HTTP request was refused, and has then tried again already. What is left are
 * batches in which other calls went well, and streams, whose refusals tRPC sends under status 200.
 */
export function clockLink<TRouter extends AnyTRPCRouter>(clock: Clock): TRPCLink<TRouter> {
  return () => (call) => {
    let isRepeated = false;
    return repeatable(call, {
      async mend(error) {
        if (isRepeated || reasonOf(error) !== "invalid_dpop_proof" || wasTriedAgain(error)) return error;
        isRepeated = true;
        const serverTime = isRecord(error.data) ? error.data.server_time : undefined;
        if (typeof serverTime === "number") clock.correct(serverTime);
        return undefined;
      },
      onData() {
        isRepeated = false;
      },
    });
  };
}

function wasTriedAgain({ meta }: Pick<TRPCClientError<AnyTRPCRouter>, "meta">): boolean {
  const response = meta?.response;
  return response instanceof Response && response.status === 401;
}
