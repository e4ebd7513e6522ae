export interface WorkOptions {
  readonly signal: AbortSignal;
  /** Called with the share that is done, from 0 to 1. */
  readonly onProgress: (progress: number) => void;
}

/** Solves the proof of work of a captcha. @returns the answer; rejects when it is aborted or cannot be had */
export type Solve = (captchaId: string, options: WorkOptions) => Promise<string>;

interface Running {
  readonly captchaId: string;
  readonly stop: AbortController;
  readonly answer: Promise<string | null>;
}

/** The one proof of work under way, or done and not yet handed in. */
export class CaptchaWork {
  readonly #solve: Solve;
  readonly #onProgress: (progress: number) => void;
  #running: Running | null = null;

  constructor(solve: Solve, onProgress: (progress: number) => void) {
    this.#solve = solve;
    this.#onProgress = onProgress;
  }

  has(captchaId: string): boolean {
    return this.#running?.captchaId === captchaId;
  }

  /** @returns the answer; null when there is none, or when `drop` came first */
  async answerOf(captchaId: string): Promise<string | null> {
    if (!this.has(captchaId)) this.start(captchaId);
    const running = this.#running;
    const answer = (await running?.answer) ?? null;
    if (this.#running !== running) return null;
    // A failed one is not remembered: the next try begins from the start.
    if (answer === null) this.#running = null;
    return answer;
  }

  start(captchaId: string): void {
    this.drop();
    const stop = new AbortController();
    const onProgress = (progress: number) => {
      if (!stop.signal.aborted) this.#onProgress(progress);
    };
    const answer = this.#solve(captchaId, { signal: stop.signal, onProgress }).catch(() => null);
    this.#running = { captchaId, stop, answer };
  }

  drop(): void {
    this.#running?.stop.abort();
    this.#running = null;
  }
}
