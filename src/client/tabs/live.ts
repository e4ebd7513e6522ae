import type { LiveEvent } from "../../contract/schemas";
import type { SessionState } from "../session/session-state";
import type { TabChannel } from "./tab-channel";
import type { TabLocks } from "./tab-lock";

/** What the service tells signed-in devices at once. */
export interface Live {
  /**
   * Hears the events, whichever tab holds the stream. `ready` means that a stream has (again) begun: what is shown may
   * be out of date. `session_ended` has by then signed this tab out.
   *
   * @returns how to stop listening; the stream ends with the last listener
   */
  onEvent(listener: (event: LiveEvent) => void): () => void;
  close(): void;
}

export interface LiveStreamObserver {
  readonly onEvent: (event: LiveEvent) => void;
  readonly onEnd: () => void;
}

export interface LiveOptions {
  /** Opens the stream. @returns how to close it */
  readonly subscribe: (observer: LiveStreamObserver) => () => void;
  readonly session: SessionState;
  readonly tabs: TabChannel;
  /** Without them each tab holds a stream of its own. */
  readonly locks: TabLocks | undefined;
  readonly scope: string;
}

const FIRST_PAUSE_IN_MS = 1_000;
const LONGEST_PAUSE_IN_MS = 30_000;

/** One stream for all tabs of a browser: the tab that holds a lock keeps it, and when that tab goes another follows. */
export function createLive(options: LiveOptions): Live {
  const listeners = new Set<(event: LiveEvent) => void>();
  let running: AbortController | undefined;
  const tell = (event: LiveEvent) => {
    for (const listener of [...listeners]) listener(event);
  };
  const stopHearing = options.tabs.listen((message) => {
    if (message.type === "live") tell(message.event);
  });
  const stop = () => {
    running?.abort();
    running = undefined;
  };
  return {
    onEvent(listener) {
      listeners.add(listener);
      if (!running) {
        running = new AbortController();
        void runWhenLeader(options, running.signal, tell);
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stop();
      };
    },
    close() {
      stop();
      stopHearing();
      listeners.clear();
    },
  };
}

async function runWhenLeader(options: LiveOptions, signal: AbortSignal, tell: (event: LiveEvent) => void) {
  const lead = () => keepStream(options, signal, tell);
  if (!options.locks) return lead();
  try {
    await options.locks.request(`countersign:live:${options.scope}`, { signal }, lead);
  } catch {
    // Aborted while waiting, or a browser that refuses locks: a stream of our own is better than none.
    if (!signal.aborted) await lead();
  }
}

async function keepStream(options: LiveOptions, signal: AbortSignal, tell: (event: LiveEvent) => void) {
  const { session, tabs } = options;
  let pauseInMs = FIRST_PAUSE_IN_MS;
  const receive = (event: LiveEvent) => {
    pauseInMs = FIRST_PAUSE_IN_MS;
    tabs.post({ type: "live", event });
    // First signed out, then told: whoever listens finds the state that the event speaks of.
    if (event.type === "session_ended") void session.end("session_revoked").then(() => tell(event));
    else tell(event);
  };
  while (!signal.aborted) {
    if (session.hint !== "signed_in") {
      await untilChange(session, signal);
      continue;
    }
    const end = await streamOnce(options, signal, receive);
    if (end === "changed" || signal.aborted) continue;
    await untilChange(session, signal, pauseInMs);
    pauseInMs = Math.min(pauseInMs * 2, LONGEST_PAUSE_IN_MS);
  }
}

/** Until the stream ends, or until it would be that of a former session. */
function streamOnce(
  { subscribe, session }: LiveOptions,
  signal: AbortSignal,
  onEvent: (event: LiveEvent) => void,
): Promise<"ended" | "changed"> {
  return new Promise((resolve) => {
    let closed = false;
    let close: (() => void) | undefined;
    const settle = (end: "ended" | "changed") => {
      closed = true;
      close?.();
      stopWatching();
      signal.removeEventListener("abort", abort);
      resolve(end);
    };
    const abort = () => settle("ended");
    const { sessionId } = session.current ?? {};
    const stopWatching = session.onChange((change) => {
      // The refresh that this stream itself has caused brings the first token; that is no change.
      const isOwn = change.type === "signed_in" && (sessionId ?? change.sessionId) === change.sessionId;
      if (!isOwn) settle("changed");
    });
    signal.addEventListener("abort", abort, { once: true });
    close = subscribe({ onEvent: (event) => !closed && onEvent(event), onEnd: () => settle("ended") });
    if (closed) close();
  });
}

function untilChange(session: SessionState, signal: AbortSignal, timeoutInMs?: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = timeoutInMs === undefined ? undefined : setTimeout(done, timeoutInMs);
    const stop = session.onChange(done);
    signal.addEventListener("abort", done, { once: true });
  });
}
