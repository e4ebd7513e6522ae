/**
 * What the phone shows of one sign-in request, as a pure state machine. The request's own states are the server's
 * (`QrStatus`); these are the screens that follow from them and from what its user does.
 */
import type { PasskeyRequestOptions } from "../../../contract/passkeys";
import type { QrClaimOutput, QrConfirmation, QrRequest } from "../../../contract/qr";
import type { NoAnswer } from "../../lib/no-answer";
import type { Wait } from "../../lib/wait";

/** Why a request cannot be answered here (any more). */
export type OverReason =
  | "unknown"
  | "claimed_by_other"
  | "answered"
  | "cancelled"
  | "expired"
  | "not_taken"
  | "unknown_device"
  | "passkey_needed";

/** A request that this phone has claimed. Moments are of this device's clock, in milliseconds since the epoch. */
export interface OpenRequest {
  readonly qrId: string;
  readonly ticket: string;
  readonly ticketEndsAtInMs: number;
  readonly endsAtInMs: number;
  readonly canExtend: boolean;
  readonly askedAtInMs: number;
  readonly facts: QrRequest;
  readonly confirmation: QrConfirmation;
  /** Six digits to be typed at the computer; null when a tap is enough. */
  readonly code: string | null;
  /** What a passkey has to sign for the approval; null when a tap is enough. */
  readonly passkey: PasskeyRequestOptions | null;
}

/** Why the service did not do what was asked. */
export type Refusal =
  | { readonly status: "over"; readonly why: OverReason }
  | Wait
  | { readonly status: "password_required" | "ticket_over" | "code_required" }
  | { readonly status: "passkey_cancelled" | "passkey_failed" }
  | NoAnswer;

export type ScanOutcome = { readonly status: "open"; readonly request: OpenRequest } | Refusal;

type Answer = "approve" | "deny";
export type Sending = "nothing" | "extend" | Answer;
/** What is said beside an open request. */
export type Note = "not_sent" | "extended" | "code_first" | "passkey_cancelled" | "passkey_failed";

interface Asking {
  readonly screen: "asking";
  readonly request: OpenRequest;
  readonly isCodeEntered: boolean;
  readonly sending: Sending;
  readonly note: Note | null;
}

export type ApprovalState =
  /** Not known yet; `attempt` counts the tries that reached nobody. */
  | { readonly screen: "opening"; readonly attempt: number; readonly cause?: NoAnswer["cause"] }
  | { readonly screen: "password" }
  | Asking
  /** Approved; the computer has not taken its session yet. */
  | { readonly screen: "finishing"; readonly request: OpenRequest }
  | {
      readonly screen: "signed_in";
      readonly request: OpenRequest;
      readonly sessionId: string;
      readonly undo: "offered" | "working" | "failed";
    }
  | { readonly screen: "undone"; readonly request: OpenRequest }
  | { readonly screen: "declined" }
  | { readonly screen: "over"; readonly why: OverReason }
  | { readonly screen: "wait"; readonly seconds: number };

export type ApprovalEvent =
  | { readonly type: "scanned"; readonly outcome: ScanOutcome }
  /** Scanned again by itself, because the ticket had run out. */
  | { readonly type: "renewed"; readonly outcome: ScanOutcome }
  | { readonly type: "claim_read" | "extended"; readonly claim: QrClaimOutput; readonly atInMs: number }
  | { readonly type: "sending"; readonly what: Exclude<Sending, "nothing"> }
  | { readonly type: "answered"; readonly answer: Answer }
  | { readonly type: "refused"; readonly refusal: Refusal }
  | { readonly type: "reopen" }
  | { readonly type: "undo"; readonly progress: "working" | "failed" | "done" };

const opening = { screen: "opening", attempt: 0 } as const satisfies ApprovalState;

/** Where it begins: with nothing, or with what a scan has already found. */
export function startingState(found: ScanOutcome | null): ApprovalState {
  return found ? onScanned(opening, found) : opening;
}

/** The next screen. An event that means nothing on the present one (an answer that came late) changes nothing. */
export function reduceApproval(state: ApprovalState, event: ApprovalEvent): ApprovalState {
  switch (event.type) {
    case "reopen":
      return opening;
    case "scanned":
      return state.screen === "opening" ? onScanned(state, event.outcome) : state;
    case "renewed":
      return state.screen === "asking" ? onRenewed(state, event.outcome) : state;
    case "claim_read":
      return onClaim(state, event.claim, event.atInMs);
    case "extended": {
      const next = onClaim(state, event.claim, event.atInMs);
      return next.screen === "asking" ? { ...next, sending: "nothing", note: "extended" } : next;
    }
    case "sending":
      return state.screen === "asking" ? { ...state, sending: event.what, note: null } : state;
    case "answered":
      if (state.screen !== "asking") return state;
      return event.answer === "approve"
        ? { screen: "finishing", request: state.request }
        : { screen: "declined" };
    case "refused":
      return onRefused(state, event.refusal);
    case "undo":
      if (state.screen !== "signed_in") return state;
      return event.progress === "done"
        ? { screen: "undone", request: state.request }
        : { ...state, undo: event.progress };
  }
}

function onScanned(state: { readonly attempt: number }, outcome: ScanOutcome): ApprovalState {
  switch (outcome.status) {
    case "open": {
      const { request } = outcome;
      return { screen: "asking", request, isCodeEntered: false, sending: "nothing", note: null };
    }
    case "over":
      return { screen: "over", why: outcome.why };
    case "wait":
      return { screen: "wait", seconds: outcome.seconds };
    case "password_required":
      return { screen: "password" };
    case "unavailable": {
      const { cause } = outcome;
      return { screen: "opening", attempt: state.attempt + 1, ...(cause && { cause }) };
    }
    case "ticket_over":
    case "code_required":
    case "passkey_cancelled":
    case "passkey_failed":
      return { screen: "opening", attempt: state.attempt + 1 };
  }
}

function onRenewed(state: Asking, outcome: ScanOutcome): ApprovalState {
  if (outcome.status === "open") return { ...state, request: outcome.request };
  // Nothing is lost yet: the answer itself renews the ticket once more.
  return outcome.status === "unavailable" ? state : onRefused(state, outcome);
}

function onClaim(state: ApprovalState, claim: QrClaimOutput, atInMs: number): ApprovalState {
  if (state.screen !== "asking" && state.screen !== "finishing") return state;
  const { request } = state;
  switch (claim.status) {
    case "pending":
      return state;
    case "scanned":
      return state.screen === "asking" ? stillOpen(state, claim, atInMs) : state;
    case "approved":
      return { screen: "finishing", request };
    case "consumed":
      return claim.session_id === null
        ? { screen: "finishing", request }
        : { screen: "signed_in", request, sessionId: claim.session_id, undo: "offered" };
    case "denied":
      return { screen: "declined" };
    case "cancelled":
      return { screen: "over", why: "cancelled" };
    case "expired":
      return { screen: "over", why: state.screen === "finishing" ? "not_taken" : "expired" };
  }
}

/** The service rounds to seconds: less than this is no news, and would only make the countdown stumble. */
const NOTICEABLE_IN_MS = 2_000;

function stillOpen(state: Asking, claim: QrClaimOutput, atInMs: number): Asking {
  const told = atInMs + claim.expires_in * 1_000;
  const isNews = Math.abs(told - state.request.endsAtInMs) > NOTICEABLE_IN_MS;
  const request = {
    ...state.request,
    canExtend: claim.can_extend,
    endsAtInMs: isNews ? told : state.request.endsAtInMs,
  };
  return { ...state, request, isCodeEntered: claim.code_entered };
}

function onRefused(state: ApprovalState, refusal: Refusal): ApprovalState {
  if (state.screen === "finishing") {
    return refusal.status === "over" ? { screen: "over", why: "not_taken" } : state;
  }
  if (state.screen !== "asking") return state;
  switch (refusal.status) {
    case "over":
      return { screen: "over", why: refusal.why };
    case "password_required":
      return { screen: "password" };
    case "code_required":
      return { ...state, isCodeEntered: false, sending: "nothing", note: "code_first" };
    case "passkey_cancelled":
    case "passkey_failed":
      return { ...state, sending: "nothing", note: refusal.status };
    case "wait":
    case "ticket_over":
    case "unavailable":
      return { ...state, sending: "nothing", note: "not_sent" };
  }
}
