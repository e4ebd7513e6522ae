import type { AuditTrail } from "../audit";
import type { Clock, EventBus, RandomSource, StorageHistory } from "../ports";
import { newId } from "../secret-hash";
import { auditFactsOf, type EndedBy, type RequestOrigin } from "./ended-by";
import type { EndedSession, EndReason, ExpiredSession, SessionRecord, SessionStore } from "./session";

export interface SessionEndsOptions {
  readonly store: SessionStore;
  readonly history: StorageHistory;
  readonly random: RandomSource;
  readonly clock: Clock;
  readonly events: EventBus;
  readonly audit: AuditTrail;
  /** Ends what a session's device has under way elsewhere: sign-in tickets of its key, QR sign-ins it claimed. */
  readonly endWhatGoesWith: (session: EndedSession) => Promise<void>;
}

const EXPIRED_AT_ONCE = 200;

/** The ways in which sessions end. Those who remember one learn it by an event, as soon as its row says so. */
export class SessionEnds {
  readonly #options: SessionEndsOptions;

  constructor(options: SessionEndsOptions) {
    this.#options = options;
  }

  /** Ends a session with its refresh family. Ending one that has ended is no error. @returns whether this call ended it */
  async end(session: { id: string; userId: string }, reason: EndReason, by: EndedBy): Promise<boolean> {
    const ended = await this.#endRow(session, reason);
    if (ended) await this.#finish([ended], reason, by);
    return ended !== undefined;
  }

  /** Ends a user's sessions, but for some. @returns how many were ended */
  async endAllOfUser(
    userId: string,
    exceptIds: readonly string[],
    reason: EndReason,
    by: EndedBy,
  ): Promise<number> {
    const { store, clock } = this.#options;
    const ended = await store.endAllOfUser(userId, exceptIds, reason, clock.now());
    return this.#tellAndFinish(
      ended.map((session) => ({ ...session, userId })),
      reason,
      by,
    );
  }

  /** Ends what is left of a user whose account is to be deleted at that time. @returns how many; 0 once that was taken back */
  async endAllBeforeDeletion(userId: string, dueAt: Date, by: EndedBy): Promise<number> {
    const { store, clock } = this.#options;
    const ended = await store.endAllBeforeDeletion(userId, dueAt, clock.now());
    return this.#tellAndFinish(
      ended.map((session) => ({ ...session, userId })),
      "deletion_asked",
      by,
    );
  }

  /** Ends all sessions of a client that was removed. @returns how many */
  async endAllOfClient(clientId: string, by: EndedBy): Promise<number> {
    const { store, clock } = this.#options;
    const ended = await store.endAllOfClient(clientId, "client_removed", clock.now());
    return this.#tellAndFinish(ended, "client_removed", by);
  }

  /**
   * Writes down the end of sessions that expired before: nobody uses them any more, and there is nothing to tell anybody.
   * What their devices have under way belongs to a later sign-in, and goes on.
   */
  async noteExpired(before: Date): Promise<void> {
    const { store, clock, audit } = this.#options;
    const { detail, actorId } = auditFactsOf({ actor: "system" });
    let ended: readonly ExpiredSession[];
    do {
      ended = await store.endExpiredBefore(before, EXPIRED_AT_ONCE, clock.now());
      for (const { id: sessionId, userId, expiredAt } of ended) {
        const facts = { reason: "expired", expired_at: expiredAt.toISOString(), ...detail };
        await audit.record({ type: "session_ended", userId, actorId, sessionId, detail: facts });
      }
    } while (ended.length === EXPIRED_AT_ONCE);
  }

  /**
   * Ends every session, also those of every copy of the storage that may be put in its place. What their devices have under
   * way goes with them: it asks for a live session at its last step. For the operator. @returns how many were live here
   */
  async endAll(): Promise<number> {
    const { history, random, clock, events, audit } = this.#options;
    const count = await history.endAllSessions(newId(random), clock.now());
    // One event for all of them: those who remember a session look again.
    events.publish({ type: "gap" });
    const detail = { sessions: count, by: "operator" };
    await audit.record({ type: "all_sessions_ended", actorId: "operator", detail });
    return count;
  }

  /** Ends a session that somebody else than its owner seems to hold. */
  async endAsStolen(
    session: SessionRecord,
    reason: "device_mismatch" | "refresh_token_reused",
    presenter: RequestOrigin,
    tokenWasSuperseded: boolean,
  ): Promise<void> {
    // One notice, by the call that ended it: a thief who tries often must not push everything else out of the user's notices.
    const ended = await this.#endRow(session, reason);
    if (!ended) return;
    const by = { actor: "system", ...presenter } as const;
    await this.#options.audit.record({
      type: reason,
      // Whoever holds the copy has not said who they are.
      actorId: null,
      userId: session.userId,
      sessionId: session.id,
      address: presenter.address,
      detail: { superseded_token: tokenWasSuperseded },
    });
    await this.#finish([ended], reason, by);
  }

  /** @returns the session, when this call ended it */
  async #endRow(
    { id, userId }: { id: string; userId: string },
    reason: EndReason,
  ): Promise<EndedOfUser | undefined> {
    const { store, clock, events } = this.#options;
    const ended = await store.end(id, reason, clock.now());
    // Also when it had ended before: nobody may still take it for alive.
    events.publish({ type: "session_ended", sessionId: id, userId });
    return ended && { ...ended, userId };
  }

  async #tellAndFinish(ended: readonly EndedOfUser[], reason: EndReason, by: EndedBy): Promise<number> {
    for (const { id, userId } of ended) {
      this.#options.events.publish({ type: "session_ended", sessionId: id, userId });
    }
    await this.#finish(ended, reason, by);
    return ended.length;
  }

  /**
   * What goes with a session: a line for the owner to find, and what its device has under way. The lines first: a fault
   * of storage at the rest must not hide an end, and a caller who asks again finds nothing left to end.
   */
  async #finish(ended: readonly EndedOfUser[], reason: EndReason, by: EndedBy): Promise<void> {
    const { audit, endWhatGoesWith, events } = this.#options;
    const { address, actorId, detail } = auditFactsOf(by);
    for (const { id: sessionId, userId } of ended) {
      await audit.record({
        type: "session_ended",
        userId,
        actorId,
        sessionId,
        address,
        detail: { reason, ...detail },
      });
    }
    for (const userId of new Set(ended.map((session) => session.userId)))
      events.publish({ type: "sessions_changed", userId });
    for (const session of ended) await endWhatGoesWith(session);
  }
}

type EndedOfUser = EndedSession & { readonly userId: string };
