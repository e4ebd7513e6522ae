import type { EventBus } from "../../../modules/ports";
import type { Database } from "../database";

/** A revocation by another process has to arrive within half a second. */
const POLL_INTERVAL_IN_MS = 200;

/**
 * Watches for commits by other processes, such as the operator's command, and publishes a `gap` for each: what they
 * committed nobody tells.
 *
 * SQLite counts them for us: `data_version` changes for a connection exactly when another one has committed. When it
 * cannot be read, that is a gap too.
 *
 * @returns the function that ends the watch
 */
export function watchForeignCommits(database: Database, events: EventBus): () => void {
  let lastVersion: number | undefined;
  let isReading = false;
  const timer = setInterval(async () => {
    if (isReading) return;
    isReading = true;
    try {
      const [row] = await database.rows<{ data_version: number }>`PRAGMA data_version`;
      const version = row?.data_version;
      // The first reading counts as a change: requests are answered before it, and what they left may be out of date.
      if (version !== lastVersion) events.publish({ type: "gap" });
      lastVersion = version;
    } catch {
      events.publish({ type: "gap" });
    } finally {
      isReading = false;
    }
  }, POLL_INTERVAL_IN_MS);
  timer.unref();
  return () => clearInterval(timer);
}
