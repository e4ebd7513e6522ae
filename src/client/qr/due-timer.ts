import { dueAtInMs, type QrState } from "./state";

/** `setTimeout` takes no more. */
const MAX_TIMER_IN_MS = 2_000_000_000;

/** Calls `onDue` when time alone changes what the latest state makes due. */
export function createDueTimer(now: () => number, onDue: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    set(state: QrState): void {
      clearTimeout(timer);
      const dueAt = dueAtInMs(state);
      // What is past waits for somebody to look, not for time.
      if (dueAt === undefined || dueAt < now()) return;
      timer = setTimeout(onDue, Math.min(dueAt - now() + 1, MAX_TIMER_IN_MS));
    },
    stop: () => clearTimeout(timer),
  };
}
