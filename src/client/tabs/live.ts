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
const MAX_PAUSE_IN_MS = 30_000;
const ASK_EVERY_IN_MS = 30_000;
/** A tab in the background hears at once, however seldom its timers run. */
const ANSWER_WITHIN_IN_MS = 3_000;

/**
 * One stream for all tabs of a browser: the tab that holds a lock keeps it, and when that tab goes another follows. A tab that
 * hears from none that keeps one has a stream of its own.
 */
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
  const { locks, tabs, scope } = options;
  let stream: Promise<void> | undefined;
  let stopAsking = () => {};
  const lead = () => {
    stopAsking();
    stream ??= Promise.all([keepStream(options, signal, tell), answerThatOneIsKept(tabs, signal)]).then();
    return stream;
  };
  if (!locks) return lead();
  // The tab that has the lock may be frozen, or the browser never give it: then nobody would hear anything.
  stopAsking = watchLeader(tabs, signal, lead);
  try {
    await locks.request(`countersign:live:${scope}`, { signal }, lead);
  } catch {
    // Aborted while waiting, or a browser that refuses locks: a stream of our own is better than none.
    if (!signal.aborted) await lead();
  }
}

/** Calls `onSilence`, once, when no tab says any more that it keeps a stream. @returns how to end it */
function watchLeader(tabs: TabChannel, signal: AbortSignal, onSilence: () => void): () => void {
  let answerTimer: ReturnType<typeof setTimeout> | undefined;
  const ask = () => {
    clearTimeout(answerTimer);
    answerTimer = setTimeout(onSilence, ANSWER_WITHIN_IN_MS);
    tabs.post({ type: "live_ask" });
  };
  const askTimer = setInterval(ask, ASK_EVERY_IN_MS);
  const stopListening = tabs.listen(({ type }) => {
    if (type === "live_kept" || type === "live") clearTimeout(answerTimer);
  });
  const stop = () => {
    clearInterval(askTimer);
    clearTimeout(answerTimer);
    stopListening();
    signal.removeEventListener("abort", stop);
  };
  signal.addEventListener("abort", stop, { once: true });
  ask();
  return stop;
}

/** Until the signal ends it. */
function answerThatOneIsKept(tabs: TabChannel, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = tabs.listen(({ type }) => {
      if (type === "live_ask") tabs.post({ type: "live_kept" });
    });
    const end = () => {
      stop();
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
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
    pauseInMs = Math.min(pauseInMs * 2, MAX_PAUSE_IN_MS);
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
