/** What may leave us without an answer: a part of the browser, or the network. */
export type Unanswering =
  /** IndexedDB, or what was given as a store. */
  | "storage"
  /** WebCrypto: making and using keys. */
  | "keys"
  /** A part of the program that is loaded when it is first needed. */
  | "script"
  | "network";

/** Long for a machine that is busy, short for a person who waits. */
const LIMITS_IN_MS: Readonly<Record<Unanswering, number>> = {
  storage: 5_000,
  keys: 5_000,
  script: 10_000,
  network: 10_000,
};

/** Something that has not answered in time, and may never do. */
export class TimeLimitError extends Error {
  readonly what: Unanswering;

  constructor(what: Unanswering, limitInMs: number) {
    super(`No answer within ${limitInMs} ms: ${what}.`);
    this.what = what;
  }
}

/**
 * Settles as `promise` does, or rejects when that takes longer; what comes later is not waited for.
 *
 * @param limitInMs the usual one of its kind unless it is given: 5 seconds for storage and keys, else 10
 * @throws TimeLimitError
 */
export function withinTime<T>(
  what: Unanswering,
  promise: Promise<T>,
  limitInMs = LIMITS_IN_MS[what],
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TimeLimitError(what, limitInMs)), limitInMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The time limit that an error comes of, be it itself or a cause of it. */
export function timeLimitBehind(error: unknown): TimeLimitError | undefined {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if (inner instanceof TimeLimitError) return inner;
  }
  return undefined;
}
