import { httpSubscriptionLink, type Operation, type TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { observable } from "@trpc/server/observable";
import { EventSource } from "eventsource";
import { accessTokenOf, type ProvenFetch } from "../proven-fetch";
import type { Refresh } from "../refresh";
import { isTokenRefusal, type Refusal, readRefusal } from "../refusal";
import type { SessionState } from "../session-state";
import { refusalError } from "./client-error";

export interface StreamLinkOptions {
  /** Of the tRPC endpoint. */
  readonly url: string;
  readonly session: SessionState;
  readonly refresh: Refresh;
  readonly provenFetch: ProvenFetch;
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
      return observable((observer) =>
        subscribe({ op: own, next }).subscribe({
          next: (envelope) => observer.next(envelope),
          complete: () => observer.complete(),
          error(error) {
            const refusal = refusals.get(own.context);
            observer.error(refusal ? refusalError(refusal, { cause: error, data: refusal.members }) : error);
          },
        }),
      );
    };
  };
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
