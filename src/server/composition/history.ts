import { newId } from "../../modules/secret-hash";
import type { Foundation } from "./foundation";

/** Ends again what had been ended in a database that went back in time, says so, and marks the database as this one's. */
export async function compareHistory(foundation: Foundation): Promise<void> {
  const { history, clock, log, healthNotices, audit } = foundation;
  const { copy, latestTime, endedSessions, ...others } = await history.compare(clock.now());
  const counts = { endedSessions: endedSessions.length, ...others };
  const isRevived = counts.endedSessions + counts.closedAccounts + counts.removedClients > 0;
  if (copy !== "same" || isRevived) healthNotices.add("database_put_back");
  if (copy === "unknown") {
    log.error(
      counts,
      "the database is known here, but not the ledger beside it (ledger.db): if a backup was put back, run: sessions end --all",
    );
  } else if (copy === "another" || isRevived) {
    log.error(
      counts,
      "the database is another copy than last time: what had ended since was ended in it again",
    );
  }
  if (latestTime) clock.saw(latestTime);
  for (const { id: sessionId, userId, reason } of endedSessions) {
    const detail = { reason, by: "system", older_copy: true };
    await audit.record({ type: "session_ended", userId, actorId: "system", sessionId, detail });
  }
  // Sweeps go on from here: at the first start on a database nobody knows yet whether the clock is right.
  if (!(await history.sweptAt())) await history.noteSweep(latestTime ?? clock.now());
  const behindInSeconds = Math.round(clock.behindByInMs() / 1000);
  if (behindInSeconds > 0) {
    log.error(
      { behindInSeconds },
      "the clock is behind times that were written before: it was ahead then, or it is behind now",
    );
  }
  await markHistory(foundation);
}

/** From here on every copy of the database is another one. */
export async function markHistory({ history, random }: Foundation): Promise<void> {
  await history.mark(newId(random));
}
