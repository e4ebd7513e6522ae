import { writeSync } from "node:fs";

/** What is kept while nothing can be written; what comes after that is counted and dropped. */
const MAX_WAITING_BYTES = 1024 * 1024;
const RETRY_INTERVAL_IN_MS = 200;
/** How long an exit waits for a reader that is only slow. */
const EXIT_PATIENCE_IN_MS = 500;
export const STANDARD_OUTPUT = 1;
export const STANDARD_ERROR = 2;

/** What of writing tests replace. */
export interface OutputOptions {
  readonly write?: (descriptor: number, bytes: Uint8Array) => number;
  readonly now?: () => Date;
}

/**
 * A descriptor that log lines and announcements are written to, in order and at once.
 *
 * Writing never throws and never waits for room: the service has to start, serve and stop also where the disk is full or
 * the reader is gone. What could not be written is kept up to 1 MiB; whole lines beyond that are dropped. As soon as
 * writing works again the kept lines come out, and then one that says how many are missing. Standard error gets a sentence
 * when it begins.
 */
export class Output {
  readonly #descriptor: number;
  readonly #write: (descriptor: number, bytes: Uint8Array) => number;
  readonly #now: () => Date;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #lost = 0;
  #lastFault = "";
  #timer: NodeJS.Timeout | undefined;
  readonly #atExit = () => this.#drainBeforeExit();

  constructor(descriptor: number, { write = writeSync, now = () => new Date() }: OutputOptions = {}) {
    this.#descriptor = descriptor;
    this.#write = write;
    this.#now = now;
  }

  /** @param text whole lines; one that is dropped is dropped whole */
  write(text: string): void {
    const bytes = Buffer.from(text);
    // Once something is missing, everything waits its turn behind the line that says so.
    const hasRoom = this.#lost === 0 && this.#waitingBytes + bytes.length <= MAX_WAITING_BYTES;
    if (hasRoom || (this.#waiting.length === 0 && this.#lost === 0)) this.#keep(bytes);
    else this.#lost += 1;
    this.#drain();
  }

  /** @returns whether everything is written */
  #drain(): boolean {
    const wasStuck = this.#timer !== undefined;
    if (!this.#writeWaiting() || !this.#writeLoss()) {
      this.#retryLater(wasStuck);
      return false;
    }
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (wasStuck) process.off("exit", this.#atExit);
    return true;
  }

  #keep(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  #writeWaiting(): boolean {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const written = this.#tryWrite(next);
      this.#waitingBytes -= written;
      // A line that is written in part is finished later: what follows must not begin inside it.
      if (written < next.length) this.#waiting[0] = next.subarray(written);
      else this.#waiting.shift();
      if (written === 0) return false;
    }
    return true;
  }

  #writeLoss(): boolean {
    if (this.#lost === 0) return true;
    const event = {
      level: 40,
      time: this.#now().toISOString(),
      lost: this.#lost,
      code: this.#lastFault,
      msg: "standard output could not be written to, and lines of this log are missing",
    };
    this.#lost = 0;
    this.#keep(Buffer.from(`${JSON.stringify(event)}\n`));
    return this.#writeWaiting();
  }

  #tryWrite(bytes: Buffer): number {
    try {
      return this.#write(this.#descriptor, bytes);
    } catch (error) {
      this.#lastFault = error instanceof Error && "code" in error ? String(error.code) : "no reason known";
      return 0;
    }
  }

  #retryLater(wasStuck: boolean): void {
    if (wasStuck) return;
    this.#timer = setInterval(() => this.#drain(), RETRY_INTERVAL_IN_MS);
    this.#timer.unref();
    process.on("exit", this.#atExit);
    // A reader that is slow for a moment is no fault that anyone has to hear of.
    if (this.#lastFault === "EAGAIN") return;
    try {
      this.#write(
        STANDARD_ERROR,
        Buffer.from(
          `Countersign: standard output cannot be written to (${this.#lastFault}). The service goes on; its log is kept up to 1 MiB and written when that works again.\n`,
        ),
      );
    } catch {
      // Then there is nowhere to say it.
    }
  }

  #drainBeforeExit(): void {
    const deadline = performance.now() + EXIT_PATIENCE_IN_MS;
    while (!this.#drain() && this.#lastFault === "EAGAIN" && performance.now() < deadline) sleep(20);
  }
}

/** Writes a last sentence before the process ends, where that is possible. */
export function writeLastWords(text: string): void {
  try {
    writeWhole(STANDARD_ERROR, text);
  } catch {
    // The exit code says it as well.
  }
}

/** Writes all of it, however slowly it is read. @throws what writing throws: ENOSPC, EPIPE … */
export function writeWhole(descriptor: number, text: string): void {
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
      sleep(20);
    }
  }
}

function sleep(timeInMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, timeInMs);
}
