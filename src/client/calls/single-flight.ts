/**
 * Callers that come while a run is under way share that run and its outcome, good or bad; the next one after it
 * starts a new run. The arguments of those who join are not looked at.
 */
export function singleFlight<Args extends unknown[], T>(
  fn: (...args: Args) => Promise<T>,
): (...args: Args) => Promise<T> {
  let underWay: Promise<T> | undefined;
  return (...args) => {
    underWay ??= fn(...args).finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}
