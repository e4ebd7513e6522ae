export interface TimeoutSignal {
  readonly signal: AbortSignal;
  /** Lets go of the timer, which would keep a program alive. */
  clear(): void;
}

/** Aborts after so long. Our own timer: not every browser that we promise has `AbortSignal.timeout`. */
export function timeoutSignal(timeInMs: number): TimeoutSignal {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new DOMException("It took too long.", "TimeoutError")),
    timeInMs,
  );
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}
