import type { EventBus } from "../../../modules/ports";

const INTERVAL_IN_MS = 1000;

/**
 * Publishes a `gap` each second, so that whoever waits looks again: another process, such as the operator's command, may
 * have committed. Nothing is remembered on PostgreSQL, so only those that wait depend on it.
 *
 * @returns the function that ends it
 */
export function lookEachSecond(events: EventBus): () => void {
  const timer = setInterval(() => events.publish({ type: "gap" }), INTERVAL_IN_MS);
  timer.unref();
  return () => clearInterval(timer);
}
