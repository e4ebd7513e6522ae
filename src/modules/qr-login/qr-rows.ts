import { DomainError } from "../domain-error";
import type { Clock, EventBus } from "../ports";
import type { EndedSession } from "../sessions";
import {
  type ChangedQrLogin,
  type QrLoginChange,
  type QrLoginRecord,
  type QrLoginStore,
  stateOf,
} from "./qr-login-record";
import { claimOf, type QrEvent, type QrRefusal, type QrState, transition } from "./state";

/** A compare-and-set that loses is decided again on what won; each round somebody wins, so few are ever needed. */
const MAX_ROUNDS = 8;
/** After its expiry, a computer that polls still gets "expired" for so long. */
const KEPT_IN_MS = 600_000;

/** What was asked of a row, and what became of it. */
export interface Moved {
  readonly row: QrLoginRecord;
  /** False when it had been said before: nothing was written, and nothing is to be told. */
  readonly hasChanged: boolean;
}

/** Applies the state machine to stored rows, and tells who watches them. */
export class QrRows {
  readonly #options: { store: QrLoginStore; clock: Clock; events: EventBus };

  constructor(options: { store: QrLoginStore; clock: Clock; events: EventBus }) {
    this.#options = options;
  }

  /** Forgets those that expired a while ago. @returns how many */
  sweep(now: Date): Promise<number> {
    return this.#options.store.deleteExpiredBefore(new Date(now.getTime() - KEPT_IN_MS));
  }

  /**
   * Decides on the row as it is and writes it only if it has not changed meanwhile; otherwise decides again.
   *
   * @param more what goes into the row with the move, and is no part of the state
   * @throws DomainError what the refusal means; `qr_not_found` when the row is gone
   */
  async move(
    row: QrLoginRecord,
    event: QrEvent,
    more: QrLoginChange = {},
    refuse: (reason: QrRefusal) => DomainError = refusalError,
  ): Promise<Moved> {
    const { store, clock } = this.#options;
    let current: QrLoginRecord | undefined = row;
    for (let round = 0; round < MAX_ROUNDS && current; round += 1) {
      const now = clock.now();
      const decided = transition(stateOf(current, now), event);
      if (decided.outcome === "refused") throw refuse(decided.reason);
      if (decided.outcome === "unchanged") return { row: current, hasChanged: false };
      const changed: QrLoginRecord | undefined = await store.change(
        current.id,
        current.revision,
        { ...fieldsOf(decided.to, current, now), ...more },
        now,
      );
      if (changed) {
        this.tell(changed);
        return { row: changed, hasChanged: true };
      }
      current = await store.find(row.id);
    }
    throw new DomainError(current ? "temporarily_unavailable" : "qr_not_found", { retryAfterInSeconds: 1 });
  }

  /** @throws DomainError what the refusal means, when the state refuses the event as it is */
  requirePossible(row: QrLoginRecord, event: QrEvent): void {
    const decided = transition(stateOf(row, this.#options.clock.now()), event);
    if (decided.outcome === "refused") throw refusalError(decided.reason);
  }

  /** Denies what a session that is over had claimed, and cancels what its key had asked for. */
  async endAllOfSession({ id, keyThumbprint }: EndedSession): Promise<void> {
    const { store, clock } = this.#options;
    for (const row of await store.endAllOfSession(id, keyThumbprint, clock.now())) this.tell(row);
  }

  tell(row: ChangedQrLogin): void {
    this.#options.events.publish({
      type: "qr_changed",
      qrId: row.id,
      claimantSessionId: row.claimedBySessionId,
    });
  }
}

/** The words of the error table for what the state machine refuses. */
export function refusalError(reason: QrRefusal): DomainError {
  switch (reason) {
    case "claimed_by_other":
      return new DomainError("qr_already_claimed");
    case "unknown_device":
      return new DomainError("unknown_device");
    case "not_claimant":
    case "ticket_expired":
      return new DomainError("invalid_ticket");
    case "already_answered":
    case "already_redeemed":
      return new DomainError("ticket_used");
    case "code_required":
      return new DomainError("code_required");
    case "cannot_extend":
      return new DomainError("invalid_request", {
        field: "ticket",
        message: "This request was already extended once.",
      });
    case "cancelled":
      return new DomainError("access_denied", { message: "The request was cancelled on the computer." });
    case "expired":
      return new DomainError("expired_token");
    case "not_open":
    case "not_approved":
      return new DomainError("invalid_request", {
        message: "This cannot be done in the current state of the request.",
      });
  }
}

function fieldsOf(to: QrState, row: QrLoginRecord, now: Date): QrLoginChange {
  // That time is over is not written down: each reader of a row compares.
  if (to.status === "expired") throw new Error("a row expires by itself");
  const claim = claimOf(to);
  if (!claim) return { status: to.status };
  return {
    status: to.status,
    claimedByUserId: claim.userId,
    claimedBySessionId: claim.sessionId,
    claimedByKeyThumbprint: claim.keyThumbprint,
    confirmation: claim.confirmation,
    codeEnteredAt: claim.hasCodeEntered ? (row.codeEnteredAt ?? now) : null,
    ticketNumber: claim.ticketNumber,
    ticketExpiresAt: claim.ticketExpiresAt,
    extendedAt: claim.wasExtended ? (row.extendedAt ?? now) : null,
    deniedBecause: to.status === "denied" ? (to.because ?? null) : null,
  };
}
