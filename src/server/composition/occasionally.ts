import type { Clock } from "../../modules/ports";

/** The same function, run at most once in so many seconds: for lines of the log that anybody can cause any number of. */
export function occasionally<Args extends unknown[]>(
  clock: Clock,
  everyInSeconds: number,
  run: (...args: Args) => void,
): (...args: Args) => void {
  let lastRunInMs = Number.NEGATIVE_INFINITY;
  return (...args) => {
    const nowInMs = clock.now().getTime();
    // A clock set back must not silence it.
    const isDue = nowInMs < lastRunInMs || nowInMs - lastRunInMs >= everyInSeconds * 1000;
    if (!isDue) return;
    lastRunInMs = nowInMs;
    run(...args);
  };
}
