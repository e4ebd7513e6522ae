import type { LiveEvent } from "../contract/schemas";
import { DomainError } from "../modules/domain-error";
import type { DomainEvent } from "../modules/ports";
import type { Container } from "./container";

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
  const open = openStreams.get(who.sessionId) ?? 0;
  if (open >= MAX_STREAMS_PER_SESSION) throw new DomainError("too_many_attempts", { retryAfterInSeconds: 5 });
  openStreams.set(who.sessionId, open + 1);

  const queue: DomainEvent[] = [];
  let wake = () => {};
  const isStopped = () => signal?.aborted === true || container.stopping.aborted;
  const stop = () => wake();
  const unsubscribe = container.events.subscribe((event) => {
    const isOurs =
      event.type === "foreign_commit" ||
      (event.type === "sessions_changed" && event.userId === who.userId) ||
      (event.type === "qr_changed" && event.claimantSessionId === who.sessionId) ||
      (event.type === "session_ended" && event.sessionId === who.sessionId);
    if (!isOurs) return;
    queue.push(event);
    wake();
  });
  signal?.addEventListener("abort", stop);
  container.stopping.addEventListener("abort", stop);
  try {
    // After the subscription: what ends from here on is heard, and what ended before is seen by this look.
    if (!(await container.sessions.findLive(who.sessionId))) {
      yield { type: "session_ended" };
      return;
    }
    yield { type: "ready" };
    while (!isStopped()) {
      const event = queue.shift();
      if (!event) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (queue.length > 0 || isStopped()) resolve();
        });
        continue;
      }
      const hasEnded =
        event.type === "session_ended" ||
        (event.type === "foreign_commit" && !(await container.sessions.findLive(who.sessionId)));
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
    signal?.removeEventListener("abort", stop);
    container.stopping.removeEventListener("abort", stop);
    const left = (openStreams.get(who.sessionId) ?? 1) - 1;
    if (left > 0) openStreams.set(who.sessionId, left);
    else openStreams.delete(who.sessionId);
  }
}
