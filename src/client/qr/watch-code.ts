import type { QrStatusOutput } from "../../contract/qr";
import type { QrCalls } from "./calls";
import type { QrCode } from "./state";
import type { FollowStream } from "./status-stream";

export interface CodeObserver {
  onTold(told: QrStatusOutput): void;
  /** Neither stream nor poll has had an answer for a while. They go on. */
  onUnreachable(): void;
}

export interface CodeWatch {
  /** There may be another network: asks at once, and opens the stream again. */
  wake(): void;
  stop(): void;
}

export interface WatchOptions {
  readonly follow: FollowStream;
  readonly calls: Pick<QrCalls, "status">;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** In [0, 1): spreads those who come back after one fault of the service. */
  readonly random: () => number;
}

/** A stream that lived so long was a good one: it is had again at once. */
const GOOD_STREAM_IN_MS = 10_000;
/** How long the next stream waits after so many bad ones; meanwhile it is polled. */
const STREAM_PAUSES_IN_MS = [1_000, 5_000, 15_000, 30_000] as const;
const MAX_POLL_PAUSE_IN_MS = 15_000;
const FAILURES_TO_TELL = 3;

const goneStatus: QrStatusOutput = {
  status: "expired",
  confirmation: null,
  code_entered: false,
  scanned_by: null,
  expires_in: 0,
};

/** Gives the state of a code until its end: by the stream, and by polling as long as there is no stream. */
export function watchCode(options: WatchOptions, code: QrCode, observer: CodeObserver): CodeWatch {
  const stopped = new AbortController();
  const sleeper = createSleeper();
  const streams = createStreams(options, code, stopped.signal);
  // Not at once: the caller has to have the watch before its first report.
  queueMicrotask(() => void run({ options, code, observer, signal: stopped.signal, sleeper, streams }));
  return {
    wake() {
      streams.cut();
      sleeper.wake();
    },
    stop() {
      stopped.abort();
      sleeper.wake();
    },
  };
}

interface Run {
  readonly options: WatchOptions;
  readonly code: QrCode;
  readonly observer: CodeObserver;
  readonly signal: AbortSignal;
  readonly sleeper: Sleeper;
  readonly streams: Streams;
}

async function run({ options, code, observer, signal, sleeper, streams }: Run): Promise<void> {
  const { now } = options;
  const polls = createPolls(options, code, observer);
  let isOver = false;
  let badStreams = 0;
  const tell = (told: QrStatusOutput) => {
    if (signal.aborted || isOver) return;
    isOver = endsIt(told);
    polls.noteAnswer();
    observer.onTold(told);
  };
  while (!signal.aborted) {
    const wasGood = await streams.follow(tell);
    if (isOver || signal.aborted) return;
    badStreams = wasGood ? 0 : badStreams + 1;
    const pauseInMs = STREAM_PAUSES_IN_MS[Math.min(badStreams, STREAM_PAUSES_IN_MS.length - 1)] ?? 0;
    const streamAgainAt = now() + pauseInMs * (0.75 + options.random() / 2);
    do {
      // At once: what happened while the stream broke is not heard again.
      const untilNextInMs = await polls.ask(tell);
      if (isOver || signal.aborted) return;
      await sleeper.sleep(untilNextInMs);
    } while (now() < streamAgainAt && !signal.aborted);
  }
}

interface Streams {
  /** @returns whether it was worth having */
  follow(tell: (told: QrStatusOutput) => void): Promise<boolean>;
  cut(): void;
}

function createStreams({ follow, now }: WatchOptions, code: QrCode, stopped: AbortSignal): Streams {
  let current = new AbortController();
  stopped.addEventListener("abort", () => current.abort(), { once: true });
  return {
    async follow(tell) {
      current = new AbortController();
      const startedAt = now();
      await follow(code, tell, current.signal);
      return current.signal.aborted || now() - startedAt >= GOOD_STREAM_IN_MS;
    },
    cut: () => current.abort(),
  };
}

function createPolls({ calls }: WatchOptions, code: QrCode, observer: CodeObserver) {
  let failures = 0;
  return {
    noteAnswer() {
      failures = 0;
    },
    /** @returns how long to wait before the next */
    async ask(tell: (told: QrStatusOutput) => void): Promise<number> {
      const outcome = await calls.status(code);
      if (outcome.status === "told") tell(outcome.told);
      if (outcome.status === "gone") tell(goneStatus);
      if (outcome.status !== "unavailable") return code.intervalInMs;
      failures += 1;
      if (failures === FAILURES_TO_TELL) observer.onUnreachable();
      const backoffInMs = Math.min(code.intervalInMs * 2 ** failures, MAX_POLL_PAUSE_IN_MS);
      return Math.max(backoffInMs, (outcome.retryAfterInSeconds ?? 0) * 1000);
    },
  };
}

/** Whether nothing can become of the code any more. */
function endsIt({ status }: QrStatusOutput): boolean {
  return status !== "pending" && status !== "scanned" && status !== "approved";
}

interface Sleeper {
  /** Until the time is over, or until somebody wakes it. */
  sleep(durationInMs: number): Promise<void>;
  wake(): void;
}

function createSleeper(): Sleeper {
  let wake = () => {};
  return {
    sleep: (durationInMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, durationInMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    wake: () => wake(),
  };
}
