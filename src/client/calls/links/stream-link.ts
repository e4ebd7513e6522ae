import { httpSubscriptionLink, type Operation, TRPCClientError, type TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { observable } from "@trpc/server/observable";
import { EventSource } from "eventsource";
import type { Refresh } from "../../session/refresh";
import type { SessionState } from "../../session/session-state";
import type { ProvenFetch } from "../proven-fetch";
import { type Refusal, readRefusal } from "../refusal";
import { steadyStream } from "../steady-stream";
import { withinTime } from "../time-limit";
import { refusalError } from "./client-error";

export interface StreamLinkOptions {
  /** Of the tRPC endpoint. */
  readonly url: string;
  readonly session: SessionState;
  readonly refresh: Refresh;
  readonly provenFetch: ProvenFetch;
}

interface Answer {
  readonly response: Response;
  /** Why the stream was refused by its status; a procedure's refusal comes inside the stream, under status 200. */
  readonly refusal: Refusal | undefined;
}

/**
 * Subscriptions over Server-Sent Events. Each connect and reconnect has a new proof and carries the token of that moment;
 * faults of the network and the server lead to another try, a refusal ends the subscription with its reason.
 */
export function streamLink<TRouter extends AnyTRPCRouter>(options: StreamLinkOptions): TRPCLink<TRouter> {
  const lastAnswers = new WeakMap<Operation["context"], Answer>();
  const link = httpSubscriptionLink<AnyTRPCRouter, typeof EventSource>({
    url: options.url,
    EventSource,
    eventSourceOptions: ({ op }) => ({
      async fetch(url, init) {
        const answer = await openStream(options, url, init);
        lastAnswers.set(op.context, answer);
        const { response } = answer;
        return response.ok && response.body ? new Response(steadyStream(response.body), response) : response;
      },
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
          error: (error) => observer.error(withAnswer(error, lastAnswers.get(own.context))),
        }),
      );
    };
  };
}

/** Tells which answer, and so which access token, the error is about. */
function withAnswer<TRouter extends AnyTRPCRouter>(
  error: TRPCClientError<TRouter>,
  answer: Answer | undefined,
): TRPCClientError<TRouter> {
  if (!answer) return error;
  const { response, refusal } = answer;
  const { status: httpStatus } = response;
  const told = refusal
    ? refusalError<TRouter>({ ...refusal, httpStatus }, { cause: error, data: refusal.members })
    : error;
  return TRPCClientError.from(told, { meta: { response } });
}

async function openStream(
  { session, refresh, provenFetch }: StreamLinkOptions,
  url: string | URL,
  init: RequestInit,
): Promise<Answer> {
  if (session.wantsRefresh) {
    const outcome = await refresh(session.current?.accessToken);
    if (outcome.status === "unavailable") throw new Error("The access token could not be renewed.");
  }
  const response = await connect(init.signal, (signal) =>
    provenFetch(url, { ...init, signal }, session.current),
  );
  if (response.status === 429 || response.status >= 500) {
    // EventSource gives up for good on any status but 200, and tries again after a rejected fetch.
    throw new Error(`The stream was answered with status ${response.status}.`);
  }
  return {
    response,
    refusal: response.ok ? undefined : await withinTime("network", readRefusal(response.clone())),
  };
}

/** Waits for the headers; the connection itself lives on until `signal` ends it. */
async function connect(
  signal: AbortSignal | null | undefined,
  send: (signal: AbortSignal) => Promise<Response>,
): Promise<Response> {
  const connection = new AbortController();
  if (signal?.aborted) connection.abort(signal.reason);
  signal?.addEventListener("abort", () => connection.abort(signal.reason), { once: true });
  try {
    return await withinTime("network", send(connection.signal));
  } catch (error) {
    connection.abort(error);
    throw error;
  }
}
