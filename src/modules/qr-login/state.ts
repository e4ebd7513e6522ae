/**
 * The state machine of one sign-in by QR code: RFC 8628 with a scanned state. Pure: storage applies what it decides by
 * compare-and-set. The same as a diagram: state-machine.md.
 */
import type { QrConfirmation, QrDenialReason } from "../../contract/qr";

/** The phone that scanned: only this session, with this key, answers. */
export interface Claimant {
  readonly userId: string;
  readonly sessionId: string;
  readonly keyThumbprint: string;
}

/** A request that somebody has before them. */
export interface Claim extends Claimant {
  readonly confirmation: QrConfirmation;
  readonly hasCodeEntered: boolean;
  /** Counts the temporary tokens of this claim; only the latest is good. */
  readonly ticketNumber: number;
  readonly ticketExpiresAt: Date;
  readonly wasExtended: boolean;
}

export type QrState =
  | { readonly status: "pending" }
  | { readonly status: "scanned"; readonly claim: Claim }
  | { readonly status: "approved"; readonly claim: Claim }
  | { readonly status: "consumed"; readonly claim: Claim; readonly sessionId: string }
  /** `because`: why, where it was not its claimant who said no. */
  | { readonly status: "denied"; readonly claim: Claim; readonly because?: QrDenialReason }
  | { readonly status: "cancelled"; readonly claim: Claim | null }
  | { readonly status: "expired"; readonly claim: Claim | null };

export type QrEvent =
  | {
      readonly type: "scan";
      readonly by: Claimant;
      readonly confirmation: QrConfirmation;
      /** The claimant has typed the code that an OAuth device shows: that is its confirmation by code. */
      readonly hasTypedCode: boolean;
      readonly now: Date;
      readonly ticketExpiresAt: Date;
    }
  /** The account of this phone is not to be opened on that computer, whatever its user says. */
  | {
      readonly type: "turn_away";
      readonly by: Claimant;
      readonly because: QrDenialReason;
      readonly now: Date;
    }
  | { readonly type: "extend"; readonly by: Claimant; readonly ticket: PresentedTicket }
  | { readonly type: "confirm"; readonly by: Claimant; readonly ticket: PresentedTicket }
  | { readonly type: "deny"; readonly by: Claimant; readonly ticket: PresentedTicket }
  /** The computer has entered the six digits, and they were right. */
  | { readonly type: "enter_code" }
  | { readonly type: "cancel" }
  | { readonly type: "claimant_ended" }
  | { readonly type: "redeem"; readonly sessionId: string }
  | { readonly type: "time" };

/** The temporary token as it was presented. */
export interface PresentedTicket {
  readonly number: number;
  readonly now: Date;
}

export type QrRefusal =
  | "not_open"
  | "claimed_by_other"
  | "unknown_device"
  | "not_claimant"
  | "ticket_expired"
  | "already_answered"
  | "code_required"
  | "cannot_extend"
  | "not_approved"
  | "already_redeemed"
  | "cancelled"
  | "expired";

export type Transition =
  | { readonly outcome: "moved"; readonly to: QrState }
  /** Said before, and still so: nothing has to change. */
  | { readonly outcome: "unchanged" }
  | { readonly outcome: "refused"; readonly reason: QrRefusal };

/** What an event makes of a state. What is not written here is refused. */
export function transition(state: QrState, event: QrEvent): Transition {
  if (event.type === "time") return onTime(state);
  if (state.status === "expired") return refused("expired");
  switch (event.type) {
    case "scan":
      return onScan(state, event);
    case "turn_away":
      return onTurnedAway(state, event);
    case "extend":
      return onExtend(state, event);
    case "confirm":
      return onAnswer(state, event, "approved");
    case "deny":
      return onAnswer(state, event, "denied");
    case "enter_code":
      return onCodeEntered(state);
    case "cancel":
      return onCancel(state);
    case "claimant_ended":
      return state.status === "scanned" || state.status === "approved"
        ? moved({ status: "denied", claim: state.claim })
        : refused("not_open");
    case "redeem":
      return onRedeem(state, event.sessionId);
  }
}

/** Whether nothing can happen to it any more. */
export function isOver(state: QrState): boolean {
  return state.status !== "pending" && state.status !== "scanned" && state.status !== "approved";
}

export function claimOf(state: QrState): Claim | null {
  return state.status === "pending" ? null : state.claim;
}

export function isClaimant(claim: Claimant, by: Claimant): boolean {
  return (
    claim.userId === by.userId && claim.sessionId === by.sessionId && claim.keyThumbprint === by.keyThumbprint
  );
}

function onTime(state: QrState): Transition {
  switch (state.status) {
    case "pending":
      return moved({ status: "expired", claim: null });
    case "scanned":
    case "approved":
      return moved({ status: "expired", claim: state.claim });
    case "consumed":
    case "denied":
    case "cancelled":
    case "expired":
      return { outcome: "unchanged" };
  }
}

function onScan(state: QrState, event: Extract<QrEvent, { type: "scan" }>): Transition {
  switch (state.status) {
    case "pending":
      return moved({
        status: "scanned",
        claim: {
          userId: event.by.userId,
          sessionId: event.by.sessionId,
          keyThumbprint: event.by.keyThumbprint,
          confirmation: event.confirmation,
          hasCodeEntered: event.hasTypedCode,
          ticketNumber: 1,
          ticketExpiresAt: event.ticketExpiresAt,
          wasExtended: false,
        },
      });
    case "scanned": {
      const { claim } = state;
      if (!isClaimant(claim, event.by)) return refused("claimed_by_other");
      // The same ticket while it lives, then the next one: a phone that reloads must not lose its request.
      const isTicketOver = claim.ticketExpiresAt <= event.now;
      const isCodeNew = event.hasTypedCode && !claim.hasCodeEntered;
      if (!isTicketOver && !isCodeNew) return { outcome: "unchanged" };
      const next = { ticketNumber: claim.ticketNumber + 1, ticketExpiresAt: event.ticketExpiresAt };
      return moved({
        status: "scanned",
        claim: {
          ...claim,
          ...(isTicketOver ? next : {}),
          hasCodeEntered: claim.hasCodeEntered || event.hasTypedCode,
        },
      });
    }
    case "approved":
    case "consumed":
      return refused(isClaimant(state.claim, event.by) ? "already_answered" : "claimed_by_other");
    case "denied":
      return refused(isClaimant(state.claim, event.by) ? denialOf(state) : "claimed_by_other");
    case "cancelled":
      return refused("cancelled");
    case "expired":
      return refused("expired");
  }
}

function denialOf({ because }: Extract<QrState, { status: "denied" }>): QrRefusal {
  return because ?? "already_answered";
}

function onTurnedAway(state: QrState, event: Extract<QrEvent, { type: "turn_away" }>): Transition {
  const { by, because, now } = event;
  switch (state.status) {
    case "pending": {
      const never = { confirmation: "code", hasCodeEntered: false, wasExtended: false } as const;
      const claim = { ...by, ...never, ticketNumber: 0, ticketExpiresAt: now };
      return moved({ status: "denied", claim, because });
    }
    case "scanned":
      if (!isClaimant(state.claim, by)) return refused("claimed_by_other");
      return moved({ status: "denied", claim: state.claim, because });
    case "cancelled":
      return refused("cancelled");
    case "expired":
      return refused("expired");
    case "approved":
    case "consumed":
      return refused(isClaimant(state.claim, by) ? "already_answered" : "claimed_by_other");
    case "denied":
      return refused(isClaimant(state.claim, by) ? denialOf(state) : "claimed_by_other");
  }
}

type ByTicket = Extract<QrEvent, { ticket: PresentedTicket }>;

/** Who may answer, and whether this ticket still can: the same for every answer. */
function refusalOfTicket(state: QrState, { by, ticket }: ByTicket): QrRefusal | undefined {
  const claim = claimOf(state);
  // An unclaimed request has nobody who could answer it.
  if (!claim || !isClaimant(claim, by)) return "not_claimant";
  switch (state.status) {
    case "scanned":
      return ticket.number === claim.ticketNumber && claim.ticketExpiresAt > ticket.now
        ? undefined
        : "ticket_expired";
    case "denied":
      return denialOf(state);
    case "cancelled":
      return "cancelled";
    case "expired":
      return "expired";
    default:
      return "already_answered";
  }
}

function onAnswer(state: QrState, event: ByTicket, to: "approved" | "denied"): Transition {
  const refusal = refusalOfTicket(state, event);
  if (refusal) return refused(refusal);
  if (state.status !== "scanned") return refused("not_open");
  const { claim } = state;
  if (to === "approved" && claim.confirmation === "code" && !claim.hasCodeEntered)
    return refused("code_required");
  return moved({ status: to, claim });
}

function onExtend(state: QrState, event: ByTicket): Transition {
  const refusal = refusalOfTicket(state, event);
  if (refusal) return refused(refusal);
  if (state.status !== "scanned") return refused("not_open");
  if (state.claim.wasExtended) return refused("cannot_extend");
  return moved({ status: "scanned", claim: { ...state.claim, wasExtended: true } });
}

function onCodeEntered(state: QrState): Transition {
  if (state.status === "cancelled") return refused("cancelled");
  if (state.status !== "scanned" || state.claim.confirmation !== "code") return refused("not_open");
  if (state.claim.hasCodeEntered) return { outcome: "unchanged" };
  return moved({ status: "scanned", claim: { ...state.claim, hasCodeEntered: true } });
}

function onCancel(state: QrState): Transition {
  switch (state.status) {
    case "pending":
      return moved({ status: "cancelled", claim: null });
    case "scanned":
    case "approved":
      return moved({ status: "cancelled", claim: state.claim });
    case "cancelled":
      return { outcome: "unchanged" };
    case "consumed":
    case "denied":
    case "expired":
      return refused("already_answered");
  }
}

function onRedeem(state: QrState, sessionId: string): Transition {
  switch (state.status) {
    case "approved":
      return moved({ status: "consumed", claim: state.claim, sessionId });
    case "cancelled":
      return refused("cancelled");
    case "denied":
      return refused(denialOf(state));
    case "consumed":
      return refused("already_redeemed");
    case "pending":
    case "scanned":
      return refused("not_approved");
    case "expired":
      return refused("expired");
  }
}

function moved(to: QrState): Transition {
  return { outcome: "moved", to };
}

function refused(reason: QrRefusal): Transition {
  return { outcome: "refused", reason };
}
