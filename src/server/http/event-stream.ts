/**
 * Server-Sent Events of the plain face. A waiting computer is idle nearly all of its time, so a stream is as little as
 * can be: our own server writes straight to the connection; other hosts get a body of the fetch standard.
 */
import { isDomainError } from "../../modules/domain-error";

/** Where events go. */
export interface EventSink {
  send(event: string, data: unknown): void;
  end(): void;
}

/** Begins to send. @returns what to do when the other side is gone */
export type StartEvents = (sink: EventSink) => () => void;

/** Connections that are gone are found by writing to them, and proxies cut silent ones. */
const PING_EVERY_IN_MS = 15_000;
const PING = ":\n\n";

const starts = new WeakMap<Response, StartEvents>();

export function eventStream(start: StartEvents): Response {
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
        const write = (text: string) => {
          if (isOpen) controller.enqueue(encoder.encode(text));
        };
        stop = run(start, write, () => {
          if (isOpen) controller.close();
          isOpen = false;
        });
      },
      cancel: () => stop(),
    },
    { highWaterMark: 0 },
  );
  const response = new Response(body, { headers: eventStreamHeaders });
  starts.set(response, start);
  return response;
}

const eventStreamHeaders = { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" };

/** Passes on what a response was made of to the one that takes its place. */
export function keepStart(from: Response, to: Response): Response {
  const start = starts.get(from);
  if (start) starts.set(to, start);
  return to;
}

export function startOf(response: Response): StartEvents | undefined {
  return starts.get(response);
}

/** Sends the events by `write`, with a ping now and then. @returns how to stop it when the reader is gone */
export function run(start: StartEvents, write: (text: string) => void, close: () => void): () => void {
  pinged.add(write);
  timer ??= setInterval(ping, PING_EVERY_IN_MS).unref();
  const forget = () => {
    pinged.delete(write);
    if (pinged.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  const end = () => {
    forget();
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
    // The answer has begun: whoever lost the last place meanwhile finds a stream that ends. A ping after the end would
    // be a fault that takes the process along.
    end();
    if (!isDomainError(error)) throw error;
    return () => {};
  }
}

const pinged = new Set<(text: string) => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function ping(): void {
  for (const write of pinged) write(PING);
}
