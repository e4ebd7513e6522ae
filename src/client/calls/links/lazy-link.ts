import { type OperationLink, TRPCClientError, type TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { observable, type Unsubscribable } from "@trpc/server/observable";

/** A link that is loaded when the first call comes its way. When it cannot be loaded the call fails, and the next tries again. */
export function lazyLink<TRouter extends AnyTRPCRouter>(
  load: () => Promise<TRPCLink<TRouter>>,
): TRPCLink<TRouter> {
  return (runtime) => {
    let loaded: Promise<OperationLink<TRouter>> | undefined;
    return ({ op, next }) =>
      observable((observer) => {
        let cancelled = false;
        let inner: Unsubscribable | undefined;
        loaded ??= load().then((link) => link(runtime));
        loaded.then(
          (operate) => {
            if (!cancelled) inner = operate({ op, next }).subscribe(observer);
          },
          (reason: Error) => {
            loaded = undefined;
            observer.error(TRPCClientError.from(reason));
          },
        );
        return () => {
          cancelled = true;
          inner?.unsubscribe();
        };
      });
  };
}
