import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { type DrawnCaptcha, drawCaptcha } from "../../modules/captcha";
import { DomainError } from "../../modules/domain-error";
import type { RandomSource } from "../../modules/ports";
import type { Log } from "../log/log";
import { SpareThread } from "./spare-thread";

/** About half a second of drawing: a caller who would have to wait longer is refused and may come back. */
const MAX_WAITING = 100;
/** A thread that nobody needs holds some 30 MiB. */
const IDLE_IN_MS = 60_000;

export interface CaptchaThreadOptions {
  /** The bundle of captcha-worker.ts. Without it, as under the tests, pictures are drawn where they are asked for. */
  readonly file: string | undefined;
  /** For pictures that are drawn where they are asked for; the thread has the system's. */
  readonly random: RandomSource;
  readonly log: Log;
}

interface Waiting {
  readonly resolve: (image: DrawnCaptcha) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Draws captcha pictures on a thread of its own, because one takes some 5 ms in which the event loop would answer nobody.
 *
 * The thread is started by the first picture, ends when it was idle for a minute, and keeps no process alive. Should it
 * fail, or the system give none, pictures are drawn on the event loop for the next minute: sign-in needs them more than it
 * needs the milliseconds.
 */
export class CaptchaThread {
  readonly #random: RandomSource;
  readonly #thread: SpareThread | undefined;
  /** Answers come in the order of the questions. */
  #waiting: Waiting[] = [];
  #idleTimer: NodeJS.Timeout | undefined;

  constructor({ file, random, log }: CaptchaThreadOptions) {
    this.#random = random;
    if (file === undefined || !existsSync(file)) return;
    this.#thread = new SpareThread({
      start: () => {
        const worker = new Worker(file, { name: "captcha" });
        worker.unref();
        log.debug("the captcha thread runs");
        return worker;
      },
      onMessage: (_, image) => this.#waiting.shift()?.resolve(image as DrawnCaptcha),
      onEnd: () => {
        clearTimeout(this.#idleTimer);
        for (const { reject } of this.#waiting.splice(0)) reject(busy());
      },
      tellFault: (error) => log.error({ err: error }, "the captcha thread failed"),
    });
  }

  /** @throws DomainError `temporarily_unavailable` when too many wait for a picture, or the thread failed just now */
  async draw(): Promise<DrawnCaptcha> {
    const worker = this.#thread?.running();
    if (!worker) return drawCaptcha(this.#random);
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.#thread?.stop(), IDLE_IN_MS).unref();
    if (this.#waiting.length >= MAX_WAITING) throw busy();
    const image = new Promise<DrawnCaptcha>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    worker.postMessage("draw");
    return image;
  }

  /** Ends the thread; pictures under way are refused. */
  close(): void {
    this.#thread?.close();
  }
}

function busy(): DomainError {
  return new DomainError("temporarily_unavailable", { retryAfterInSeconds: 1 });
}
