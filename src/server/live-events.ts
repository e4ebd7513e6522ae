import type { LiveEvent } from "../contract/schemas";
import { DomainError } from "../modules/domain-error";
import type { DomainEvent } from "../modules/ports";
import type { Container } from "./container";
import { EventQueue } from "./event-queue";

/** A browser keeps one stream for all its tabs; a few more are for the moment in which one takes over from another. */
const MAX_STREAMS_PER_SESSION = 4;

const openStreams = new Map<string, number>();

/**
 * The live events of one session, until it ends, the client goes, or the process stops.
 *
 * Events are hints: whoever gets `sessions_changed` reads the list anew. A commit by another process may have changed
 * anything, so then the session itself is looked up again.
 *
 * @throws DomainError `too_many_attempts` when the session has its share of streams
 */
export async function* liveEventsOf(
  container: Container,
  who: { userId: string; sessionId: string },
  signal: AbortSignal | undefined,
): AsyncGenerator<LiveEvent> {
  const { sessions, events, stopping } = container;
  const giveBack = takePlace(who.sessionId);
  const queue = new EventQueue();
  const stop = () => queue.close();
  const unsubscribe = events.subscribe((event) => concerns(event, who) && queue.push(event));
  const ends = signal ? [signal, stopping] : [stopping];
  for (const end of ends) end.addEventListener("abort", stop);
  if (ends.some((end) => end.aborted)) stop();
  try {
    // After the subscription: what ends from here on is heard, and what ended before is seen by this look.
    if (!(await sessions.findLive(who.sessionId))) {
      yield { type: "session_ended" };
      return;
    }
    yield { type: "ready" };
    for (let event = await queue.next(); event; event = await queue.next()) {
      const hasEnded =
        event.type === "session_ended" ||
        (event.type === "foreign_commit" && !(await sessions.findLive(who.sessionId)));
      await container.onDisk();
      if (hasEnded) {
        yield { type: "session_ended" };
        return;
      }
      yield event.type === "qr_changed"
        ? { type: "qr_changed", qr_id: event.qrId }
        : { type: "sessions_changed" };
    }
  } finally {
    unsubscribe();
    for (const end of ends) end.removeEventListener("abort", stop);
    giveBack();
  }
}

function concerns(event: DomainEvent, who: { userId: string; sessionId: string }): boolean {
  switch (event.type) {
    case "foreign_commit":
      return true;
    case "sessions_changed":
      return event.userId === who.userId;
    case "qr_changed":
      return event.claimantSessionId === who.sessionId;
    case "session_ended":
      return event.sessionId === who.sessionId;
  }
}

/** @returns how to give the place back */
function takePlace(sessionId: string): () => void {
  const open = openStreams.get(sessionId) ?? 0;
  if (open >= MAX_STREAMS_PER_SESSION) throw new DomainError("too_many_attempts", { retryAfterInSeconds: 5 });
  openStreams.set(sessionId, open + 1);
  return () => {
    const left = (openStreams.get(sessionId) ?? 1) - 1;
    if (left > 0) openStreams.set(sessionId, left);
    else openStreams.delete(sessionId);
  };
}
