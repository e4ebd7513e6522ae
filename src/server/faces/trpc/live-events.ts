import type { LiveEvent } from "../../../contract/schemas";
import type { DomainEvent } from "../../../modules/ports";
import type { Container } from "../../composition/container";
import { EventQueue } from "./event-queue";

/**
 * The live events of one session, until it ends, the client goes, or the process stops.
 *
 * Events are hints: a client that gets `sessions_changed` reads the list again. After a `gap` anything may have changed, so
 * then the session itself is looked up again.
 *
 * @throws DomainError `too_many_attempts` when the session has its share of streams, `temporarily_unavailable` when there
 *   are as many as may be
 */
export async function* liveEventsOf(
  container: Container,
  who: { userId: string; sessionId: string },
  signal: AbortSignal | undefined,
): AsyncGenerator<LiveEvent> {
  const { sessions, events, stopping, streams, awaitedRows } = container;
  const giveBack = streams.takeOfSession(who.sessionId);
  const queue = new EventQueue();
  const stop = () => queue.close();
  const unsubscribe = events.subscribe((event) => concerns(event, who) && queue.push(event));
  const awaited = awaitedRows.add({ kind: "session", id: who.sessionId, userId: who.userId });
  const ends = signal ? [signal, stopping] : [stopping];
  for (const end of ends) end.addEventListener("abort", stop);
  if (ends.some((end) => end.aborted)) stop();
  try {
    // After the subscription: what ends from here on is heard, and what ended before is seen by this look.
    await awaited.isSeen;
    if (!(await sessions.findLive(who.sessionId))) {
      yield { type: "session_ended" };
      return;
    }
    yield { type: "ready" };
    for (let event = await queue.next(); event; event = await queue.next()) {
      const hasEnded =
        event.type === "session_ended" || (event.type === "gap" && !(await sessions.findLive(who.sessionId)));
      await container.onDisk();
      if (hasEnded) {
        yield { type: "session_ended" };
        return;
      }
      yield toLiveEvent(event);
    }
  } finally {
    unsubscribe();
    awaited.stop();
    for (const end of ends) end.removeEventListener("abort", stop);
    giveBack();
  }
}

/** After a gap anything may have changed; the list of sessions is what is looked at most. */
function toLiveEvent(event: DomainEvent): LiveEvent {
  if (event.type === "qr_changed") return { type: "qr_changed", qr_id: event.qrId };
  return { type: event.type === "account_changed" ? "account_changed" : "sessions_changed" };
}

function concerns(event: DomainEvent, who: { userId: string; sessionId: string }): boolean {
  switch (event.type) {
    case "keys_changed":
      return false;
    case "gap":
      return true;
    case "sessions_changed":
    case "account_changed":
      return event.userId === who.userId;
    case "qr_changed":
      return event.claimantSessionId === who.sessionId;
    case "session_ended":
      return event.sessionId === who.sessionId;
  }
}
