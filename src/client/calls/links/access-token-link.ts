import { TRPCClientError, type TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { observable, type Unsubscribable } from "@trpc/server/observable";
import type { Refresh } from "../../session/refresh";
import type { SessionState } from "../../session/session-state";
import { abortable } from "../abortable";
import { unavailableError } from "./client-error";
import { isOpenProcedure } from "./open-procedures";

/**
 * Before a call goes out: an access token that is missing or past its time is renewed first, when there is a session.
 * Streams see to that themselves, at each reconnect.
 */
export function accessTokenLink<TRouter extends AnyTRPCRouter>(deps: {
  readonly session: SessionState;
  readonly refresh: Refresh;
}): TRPCLink<TRouter> {
  return () =>
    ({ op, next }) => {
      if (op.type === "subscription" || isOpenProcedure(op.path) || !deps.session.wantsRefresh)
        return next(op);
      return observable((observer) => {
        let cancelled = false;
        let inner: Unsubscribable | undefined;
        abortable(deps.refresh(deps.session.current?.accessToken), op.signal).then(
          (outcome) => {
            if (cancelled) return;
            if (outcome.status === "unavailable") return observer.error(unavailableError(outcome));
            // Signed out by now: the procedure may be an open one, so it is the service that says no.
            inner = next(op).subscribe(observer);
          },
          (reason: Error) => observer.error(TRPCClientError.from(reason)),
        );
        return () => {
          cancelled = true;
          inner?.unsubscribe();
        };
      });
    };
}
