import type { Worker } from "node:worker_threads";

/** A thread that failed, or was not given to us, is asked for again no sooner than this. */
const REST_IN_MS = 60_000;

export interface SpareThreadOptions {
  /** Starts it; may throw. */
  readonly start: () => Worker;
  readonly onMessage: (worker: Worker, message: unknown) => void;
  /** It has ended, and whatever it had will not be answered. */
  readonly onEnd: () => void;
  /** Why it failed, or was not given. */
  readonly tellFault: (error: unknown) => void;
}

/**
 * A thread that makes things faster and that nobody may depend on: a system may give none (Node throws at once), and one
 * that runs may fail. The caller does the work itself then.
 */
export class SpareThread {
  readonly #options: SpareThreadOptions;
  #worker: Worker | undefined;
  #restsUntilMs = 0;

  constructor(options: SpareThreadOptions) {
    this.#options = options;
  }

  /** @returns the thread, started when there was none; undefined while there can be none */
  running(): Worker | undefined {
    if (!this.#worker && performance.now() >= this.#restsUntilMs) this.#worker = this.#start();
    return this.#worker;
  }

  /** Ends it; the next call starts it again. */
  stop(): void {
    const worker = this.#worker;
    if (!worker) return;
    this.#worker = undefined;
    void worker.terminate();
    this.#options.onEnd();
  }

  /** Ends it for good. */
  close(): void {
    this.#restsUntilMs = Number.POSITIVE_INFINITY;
    this.stop();
  }

  #start(): Worker | undefined {
    const { start, onMessage, onEnd, tellFault } = this.#options;
    let worker: Worker;
    try {
      worker = start();
    } catch (error) {
      this.#rest();
      tellFault(error);
      return undefined;
    }
    // One that was stopped may still speak: its questions have been answered by then.
    worker.on("message", (message) => {
      if (worker === this.#worker) onMessage(worker, message);
    });
    // An error is followed by the exit.
    worker.on("error", tellFault);
    worker.on("exit", () => {
      if (worker !== this.#worker) return;
      this.#worker = undefined;
      this.#rest();
      onEnd();
    });
    return worker;
  }

  #rest(): void {
    this.#restsUntilMs = performance.now() + REST_IN_MS;
  }
}
