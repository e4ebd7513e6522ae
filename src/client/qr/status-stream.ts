import { createParser } from "eventsource-parser";
import type { QrStatusOutput } from "../../contract/qr";
import type { FetchLike } from "../calls/proven-fetch";
import { isQrStatusOutput } from "./calls";
import type { QrCode } from "./state";

export interface StatusStreamOptions {
  readonly fetch: FetchLike;
  /** Without a trailing slash. */
  readonly baseUrl: string;
}

/** Follows one stream of Server-Sent Events to its end, or until it is silent for too long. Never rejects. */
export type FollowStream = (
  code: QrCode,
  onTold: (told: QrStatusOutput) => void,
  signal: AbortSignal,
) => Promise<void>;

/** The present state comes at once; a proxy that collects answers lets none through. */
const FIRST_EVENT_WITHIN_IN_MS = 5_000;
/** The service pings every 15 seconds. */
const SILENCE_IN_MS = 40_000;

/** `GET /api/auth/qr/{id}/events`. The watch token in its header can watch, and do nothing else. */
export function createFollowStream({ fetch, baseUrl }: StatusStreamOptions): FollowStream {
  return async (code, onTold, signal) => {
    const own = new AbortController();
    const abort = () => own.abort();
    signal.addEventListener("abort", abort, { once: true });
    let timer = setTimeout(abort, FIRST_EVENT_WITHIN_IN_MS);
    const noteLife = () => {
      clearTimeout(timer);
      timer = setTimeout(abort, SILENCE_IN_MS);
    };
    try {
      if (signal.aborted) return;
      const response = await fetch(`${baseUrl}/api/auth/qr/${encodeURIComponent(code.qrId)}/events`, {
        headers: { Accept: "text/event-stream", Authorization: `Watch ${code.watchToken}` },
        credentials: "omit",
        cache: "no-store",
        signal: own.signal,
      });
      const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
      if (response.ok && isStream && response.body) await read(response.body, { onTold, noteLife, own });
    } catch {
      // Refused, cut or blocked on the way: the follower asks in another way.
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      own.abort();
    }
  };
}

interface Reading {
  readonly onTold: (told: QrStatusOutput) => void;
  readonly noteLife: () => void;
  readonly own: AbortController;
}

async function read(body: ReadableStream<Uint8Array>, { onTold, noteLife, own }: Reading): Promise<void> {
  let hasBegun = false;
  const parser = createParser({
    onEvent({ event, data }) {
      const told = event === "status" ? parse(data) : undefined;
      if (!told || own.signal.aborted) return;
      hasBegun = true;
      onTold(told);
    },
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  // Not every fetch ends the body when its signal aborts.
  own.signal.addEventListener("abort", () => void reader.cancel().catch(() => {}), { once: true });
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parser.feed(decoder.decode(value, { stream: true }));
    if (hasBegun) noteLife();
  }
}

function parse(data: string): QrStatusOutput | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return isQrStatusOutput(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
