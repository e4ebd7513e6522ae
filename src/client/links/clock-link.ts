import type { TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { observable, type Unsubscribable } from "@trpc/server/observable";
import type { Clock } from "../clock";
import { isRecord } from "../refusal";
import { reasonOf } from "./client-error";

/**
 * When the proof of a call is refused: corrects the clock by the refusal's `server_time` and makes the call once more.
 *
 * A fetch sees that only where the whole HTTP request was refused, and has then tried again already. What is left are
 * batches in which other calls went well, and streams, whose refusals tRPC sends under status 200.
 */
export function clockLink<TRouter extends AnyTRPCRouter>(clock: Clock): TRPCLink<TRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        let inner: Unsubscribable | undefined;
        let isRepeated = false;
        const attempt = () => {
          inner = next(op).subscribe({
            next(envelope) {
              if (envelope.result.type === undefined || envelope.result.type === "data") isRepeated = false;
              observer.next(envelope);
            },
            complete: () => observer.complete(),
            error(error) {
              if (isRepeated || reasonOf(error) !== "invalid_dpop_proof" || wasTriedAgain(error.meta)) {
                observer.error(error);
                return;
              }
              isRepeated = true;
              const serverTime = isRecord(error.data) ? error.data.server_time : undefined;
              if (typeof serverTime === "number") clock.correct(serverTime);
              attempt();
            },
          });
        };
        attempt();
        return () => inner?.unsubscribe();
      });
}

function wasTriedAgain(meta: Readonly<Record<string, unknown>> | undefined): boolean {
  const response = meta?.response;
  return response instanceof Response && response.status === 401;
}
