import { type Operation, TRPCClientError, type TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { observable, type Unsubscribable } from "@trpc/server/observable";
import { isRecord } from "../refusal";

type Call<TRouter extends AnyTRPCRouter> = Parameters<ReturnType<TRPCLink<TRouter>>>[0];

export interface Repetition<TRouter extends AnyTRPCRouter> {
  /**
   * What to do about a failure.
   *
   * @param signal aborted when the call is given up meanwhile
   * @returns undefined to make the call again, or the error to pass on
   */
  readonly mend: (
    error: TRPCClientError<TRouter>,
    signal: AbortSignal,
  ) => Promise<TRPCClientError<TRouter> | undefined>;
  readonly onData?: () => void;
}

/** Makes a call that can be made again. A stream of `tracked()` events goes on after the last one that came. */
export function repeatable<TRouter extends AnyTRPCRouter>(
  { op, next }: Call<TRouter>,
  { mend, onData }: Repetition<TRouter>,
): ReturnType<ReturnType<TRPCLink<TRouter>>> {
  return observable((observer) => {
    let cancelled = false;
    const givenUp = new AbortController();
    const { signal } = givenUp;
    op.signal?.addEventListener("abort", () => givenUp.abort(op.signal?.reason), { signal });
    let inner: Unsubscribable | undefined;
    let lastEventId: string | undefined;

    const attempt = () => {
      inner = next(withLastEventId(op, lastEventId)).subscribe({
        next(envelope) {
          const { result } = envelope;
          if (result.type === undefined || result.type === "data") {
            lastEventId = "id" in result && result.id ? String(result.id) : lastEventId;
            onData?.();
          }
          observer.next(envelope);
        },
        complete: () => observer.complete(),
        error: (error) => void decide(error),
      });
    };

    const decide = async (error: TRPCClientError<TRouter>) => {
      try {
        const outcome = await mend(error, signal);
        if (cancelled) return;
        if (outcome) observer.error(outcome);
        else attempt();
      } catch (reason) {
        if (cancelled) return;
        observer.error(TRPCClientError.from(reason instanceof Error ? reason : error));
      }
    };

    attempt();
    return () => {
      cancelled = true;
      givenUp.abort();
      inner?.unsubscribe();
    };
  });
}

function withLastEventId(op: Operation, lastEventId: string | undefined): Operation {
  const { input } = op;
  if (!lastEventId || (input !== undefined && input !== null && !isRecord(input))) return op;
  return { ...op, input: { ...input, lastEventId } };
}
