/** Something of the browser that has not answered in time, and may never do. */
export class TimeLimitError extends Error {}

/** Settles as `promise` does, or rejects when that takes longer; what comes later is not waited for. */
export function withinTime<T>(promise: Promise<T>, limitInMs: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new TimeLimitError(`${what} did not answer within ${limitInMs} ms.`)),
      limitInMs,
    );
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
