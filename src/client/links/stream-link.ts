import { httpSubscriptionLink, type Operation, type TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { observable, type Unsubscribable } from "@trpc/server/observable";
import { EventSource } from "eventsource";
import type { Clock } from "../clock";
import { accessTokenOf, type ProvenFetch } from "../proven-fetch";
import type { Refresh } from "../refresh";
import { isRecord, isTokenRefusal, type Refusal, readRefusal } from "../refusal";
import type { SessionState } from "../session-state";
import { reasonOf, refusalError } from "./client-error";

export interface StreamLinkOptions {
  /** Of the tRPC endpoint. */
  readonly url: string;
  readonly session: SessionState;
  readonly refresh: Refresh;
  readonly provenFetch: ProvenFetch;
  readonly clock: Clock;
}

type RefusalByStatus = Refusal & { readonly httpStatus: number };

/**
 * Subscriptions over Server-Sent Events. Each connect and reconnect is signed anew and carries the token of that moment;
 * faults of the network and the server lead to another try, a refusal ends the subscription with its reason.
 */
export function streamLink<TRouter extends AnyTRPCRouter>(options: StreamLinkOptions): TRPCLink<TRouter> {
  const refusals = new WeakMap<Operation["context"], RefusalByStatus>();
  const link = httpSubscriptionLink<AnyTRPCRouter, typeof EventSource>({
    url: options.url,
    EventSource,
    eventSourceOptions: ({ op }) => ({
      fetch: (url, init) => openStream(options, url, init, (refusal) => refusals.set(op.context, refusal)),
    }),
  });
  return (runtime) => {
    const subscribe = link(runtime);
    return ({ op, next }) => {
      const own = { ...op, context: { ...op.context } };
      return observable((observer) => {
        let inner: Unsubscribable | undefined;
        let provedAgain = false;
        const start = () => {
          inner = subscribe({ op: own, next }).subscribe({
            next(envelope) {
              if (envelope.result.type === undefined || envelope.result.type === "data") provedAgain = false;
              observer.next(envelope);
            },
            complete: () => observer.complete(),
            error(error) {
              // tRPC puts a procedure's refusal into the stream, under status 200, where no fetch can see it.
              if (!provedAgain && reasonOf(error) === "invalid_dpop_proof") {
                provedAgain = true;
                correctClock(options.clock, error);
                start();
                return;
              }
              const refusal = refusals.get(own.context);
              observer.error(
                refusal ? refusalError(refusal, { cause: error, data: refusal.members }) : error,
              );
            },
          });
        };
        start();
        return () => inner?.unsubscribe();
      });
    };
  };
}

function correctClock(clock: Clock, error: { readonly data?: unknown }): void {
  const serverTime = isRecord(error.data) ? error.data.server_time : undefined;
  if (typeof serverTime === "number") clock.correct(serverTime);
}

async function openStream(
  options: StreamLinkOptions,
  url: string | URL,
  init: RequestInit,
  onRefusal: (refusal: RefusalByStatus) => void,
): Promise<Response> {
  const response = await connect(options, url, init);
  if (response.status === 429 || response.status >= 500) {
    // EventSource gives up for good on any status but 200, and tries again after a rejected fetch.
    throw new Error(`The stream was answered with status ${response.status}.`);
  }
  const refusal = response.ok ? undefined : await readRefusal(response.clone());
  if (refusal) onRefusal({ ...refusal, httpStatus: response.status });
  return response;
}

async function connect(options: StreamLinkOptions, url: string | URL, init: RequestInit): Promise<Response> {
  const { session, provenFetch } = options;
  if (session.wantsRefresh) await refreshOrThrow(options, session.current?.accessToken);
  const response = await provenFetch(url, init, session.current);
  if (response.status !== 401) return response;
  const refusal = await readRefusal(response.clone());
  if (!isTokenRefusal(refusal?.reason)) return response;
  const outcome = await refreshOrThrow(options, accessTokenOf(response));
  return outcome === "refreshed" ? provenFetch(url, init, session.current) : response;
}

async function refreshOrThrow(options: StreamLinkOptions, failedAccessToken: string | undefined) {
  const outcome = await options.refresh(failedAccessToken);
  if (outcome.status === "unavailable") throw new Error("The access token could not be renewed.");
  return outcome.status;
}
