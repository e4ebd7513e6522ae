import { vi } from "vitest";

/** What WebCrypto has begun and not finished: it works in threads, which know nothing of quick time. */
let inThreads = 0;
const stuck = new Set<string>();

const methods = [
  "decrypt",
  "deriveBits",
  "digest",
  "encrypt",
  "exportKey",
  "generateKey",
  "importKey",
  "sign",
  "unwrapKey",
  "verify",
  "wrapKey",
] as const satisfies readonly (keyof SubtleCrypto)[];

/**
 * From now on timers run when {@link inQuickTime} lets them, and clocks too if it is said; {@link endQuickTime} ends it.
 */
export function useQuickTime(...more: "Date"[]): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", ...more] });
  inThreads = 0;
  stuck.clear();
  type Method = (...input: unknown[]) => Promise<unknown>;
  const prototype: Record<string, Method> = Object.getPrototypeOf(crypto.subtle);
  for (const method of methods) {
    const original = prototype[method];
    if (!original) throw new Error(`WebCrypto has no ${method}.`);
    vi.spyOn(prototype, method).mockImplementation(function counted(this: unknown, ...input: unknown[]) {
      if (stuck.has(method)) return new Promise(() => {});
      inThreads += 1;
      return Reflect.apply(original, this, input).finally(() => {
        inThreads -= 1;
      });
    });
  }
}

export function endQuickTime(): void {
  vi.useRealTimers();
  vi.restoreAllMocks();
}

/** A method of WebCrypto that never answers. @returns a function that undoes it */
export function stickCrypto(method: (typeof methods)[number]): () => void {
  stuck.add(method);
  return () => stuck.delete(method);
}

/** Lets everything be done that needs no time to pass. */
export async function untilIdle(): Promise<void> {
  do for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  while (inThreads > 0);
}

const STEP_IN_MS = 100;
/** What has not come by then never will. */
const END_IN_MS = 120_000;

/** Lets time pass, quickly, until the promise settles; not while a thread works. */
export async function inQuickTime<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  for (let passedInMs = 0; !isSettled; passedInMs += STEP_IN_MS) {
    if (passedInMs > END_IN_MS) throw new Error("It never settles.");
    await untilIdle();
    if (!isSettled) await vi.advanceTimersByTimeAsync(STEP_IN_MS);
  }
  return promise;
}
