/** The part of the Web Locks API that is used here. */
export type TabLocks = Pick<LockManager, "request" | "query">;

export interface TabLockOptions {
  /** The longest wait for the lock. After it `fn` runs all the same. */
  readonly timeoutInMs: number;
  readonly locks: TabLocks | undefined;
}

/**
 * Runs `fn` once, under an exclusive lock shared by all tabs of the origin where that is possible.
 *
 * The lock is a courtesy, never a condition: without Web Locks, after `timeoutInMs`, or when the browser refuses,
 * `fn` runs without it. What must be safe then is made safe by the server (a raced refresh gets the same successor).
 */
export async function withTabLock<T>(
  name: string,
  fn: () => Promise<T>,
  options: TabLockOptions,
): Promise<T> {
  if (!options.locks) return fn();
  const release = await acquire(options.locks, name, options.timeoutInMs);
  try {
    return await fn();
  } finally {
    release();
  }
}

function acquire(locks: TabLocks, name: string, timeoutInMs: number): Promise<() => void> {
  return new Promise((resolve) => {
    const waiting = new AbortController();
    const goOnWithout = () => {
      clearTimeout(timer);
      resolve(() => {});
    };
    // Our own timer rather than AbortSignal.timeout: a lock manager that ignores the signal must not hang us either.
    const timer = setTimeout(() => {
      goOnWithout();
      waiting.abort();
    }, timeoutInMs);
    locks
      .request(name, { signal: waiting.signal }, () => {
        if (waiting.signal.aborted) return undefined;
        clearTimeout(timer);
        return new Promise<void>((release) => resolve(release));
      })
      .catch(goOnWithout);
  });
}
