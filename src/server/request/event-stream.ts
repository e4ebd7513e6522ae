/**
 * Server-Sent Events of the plain face. A waiting computer is idle nearly all of its time, so a stream is as little as
 * can be: our own server writes straight to the connection; other hosts get a body of the fetch standard.
 */
import { isDomainError } from "../../modules/domain-error";
import type { EventStreams } from "../composition/event-streams";

/** Where events go. */
export interface EventSink {
  send(event: string, data: unknown): void;
  end(): void;
}

/** Begins to send. @returns what to do when the other side is gone */
export type StartEvents = (sink: EventSink) => () => void;

const PING = ":\n\n";
/** Before a stream ends because the process does: browsers wait three seconds or more by themselves. */
const COME_AGAIN = "retry: 500\n\n";

/** More than a stream ever says; who leaves so much unread finds the present state by coming again. */
export const MAX_UNREAD_STREAM_BYTES = 64 * 1024;

/** What our own server runs in place of reading the body. @returns how to stop it when the reader is gone */
export type RunEvents = (write: (text: string) => void, close: () => void) => () => void;

/** Where a response keeps how it is run; a name that every copy of this module knows. */
const RUN = Symbol.for("countersign.runEvents");
type RunnableResponse = Response & { [RUN]?: RunEvents };

export function eventStream(streams: EventStreams, start: StartEvents): Response {
  const run: RunEvents = (write, close) => runEvents(streams, start, { write, close });
  let stop = () => {};
  let hasBegun = false;
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      // Nothing begins before somebody reads, so not in `start`: our own server never reads, nor does HEAD.
      pull(controller) {
        if (hasBegun) return;
        hasBegun = true;
        let isOpen = true;
        const close = () => {
          if (isOpen) controller.close();
          isOpen = false;
        };
        const write = (text: string) => {
          if (!isOpen) return;
          controller.enqueue(encoder.encode(text));
          if (-(controller.desiredSize ?? 0) <= MAX_UNREAD_STREAM_BYTES) return;
          stop();
          close();
        };
        stop = run(write, close);
      },
      cancel: () => stop(),
    },
    { highWaterMark: 0, size: ({ byteLength }) => byteLength },
  );
  return withRun(new Response(body, { headers: eventStreamHeaders }), run);
}

const eventStreamHeaders = { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" };

/** Passes on what a response was made of to the one that takes its place. */
export function keepRun(from: Response, to: Response): Response {
  const run = runOf(from);
  return run ? withRun(to, run) : to;
}

export function runOf(response: RunnableResponse): RunEvents | undefined {
  return response[RUN];
}

function withRun(response: RunnableResponse, run: RunEvents): Response {
  response[RUN] = run;
  return response;
}

function runEvents(
  streams: EventStreams,
  start: StartEvents,
  { write, close }: { readonly write: (text: string) => void; readonly close: () => void },
): () => void {
  const forget = streams.keepAlive(() => write(PING));
  const end = () => {
    forget();
    if (streams.isStopping) write(COME_AGAIN);
    close();
  };
  try {
    const send = (event: string, data: unknown) =>
      write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    const stop = start({ send, end });
    return () => {
      forget();
      stop();
    };
  } catch (error) {
    // The answer has begun: a caller who lost the last place meanwhile finds a stream that ends. A ping after the end would
    // be a fault that takes the process along.
    end();
    if (!isDomainError(error)) throw error;
    return () => {};
  }
}
