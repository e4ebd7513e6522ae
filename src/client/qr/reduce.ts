import type { QrStatusOutput } from "../../contract/qr";
import { EXPIRY_GRACE_IN_MS, MAX_RENEWALS, type QrCode, type QrState, RENEWAL_MARGIN_IN_MS } from "./state";
import type { DigitsEntry, ShownCode, UnavailableCause } from "./view";

/** What may happen. Times are milliseconds since the epoch, by this machine's clock. */
export type QrEvent =
  | { readonly type: "created"; readonly code: QrCode }
  | {
      readonly type: "not_created";
      readonly cause: UnavailableCause;
      readonly retryAtInMs: number | null;
    }
  /** The service gave the state of a code. */
  | { readonly type: "told"; readonly qrId: string; readonly told: QrStatusOutput; readonly nowInMs: number }
  /** The service has not answered for a while. */
  | { readonly type: "unreachable" }
  | { readonly type: "online"; readonly isOnline: boolean; readonly isVisible: boolean }
  /** Time has passed, or somebody has begun to look. */
  | { readonly type: "looked"; readonly nowInMs: number; readonly isVisible: boolean }
  | { readonly type: "entry"; readonly qrId: string; readonly entry: DigitsEntry }
  | { readonly type: "redeemed"; readonly sessionId: string }
  | { readonly type: "not_redeemed"; readonly why: "denied" | "unknown_device" | "interrupted" | "not_kept" }
  /** The person asks for a new code. */
  | { readonly type: "renew" }
  | { readonly type: "cancel" };

export interface Reduced {
  readonly state: QrState;
  /** Codes that nobody waits for any more, to be cancelled on the service. */
  readonly abandoned: readonly QrCode[];
}

/** More old codes than this are not worth a connection each. */
const MAX_CODES = 3;

/** What an event makes of a state. Pure: asking, watching and redeeming follow from the state that comes out. */
export function reduce(state: QrState, event: QrEvent): Reduced {
  switch (event.type) {
    case "created":
      return onCreated(state, event.code);
    case "not_created":
      return keep(onNotCreated(state, event.cause, event.retryAtInMs));
    case "told":
      return onTold(state, event.qrId, event.told, event.nowInMs);
    case "unreachable":
      return keep(state.isReachable ? { ...state, isReachable: false } : state);
    case "online":
      return keep(onOnline(state, event.isOnline, event.isVisible));
    case "looked":
      return keep(onLooked(state, event.nowInMs, event.isVisible));
    case "entry":
      return keep(onEntry(state, event.qrId, event.entry));
    case "redeemed":
      return { state: ended(state, { status: "signed_in", sessionId: event.sessionId }), abandoned: [] };
    case "not_redeemed":
      return keep(state.phase.status === "redeeming" ? ended(state, notRedeemed(event.why)) : state);
    case "renew":
      return keep(onRenew(state));
    case "cancel":
      return onCancel(state);
  }
}

function keep(state: QrState): Reduced {
  return { state, abandoned: [] };
}

function notRedeemed(why: Extract<QrEvent, { type: "not_redeemed" }>["why"]): QrState["phase"] {
  return why === "not_kept"
    ? { status: "unavailable", cause: "token_store", retryAtInMs: null }
    : { status: why };
}

function ended(state: QrState, phase: QrState["phase"]): QrState {
  return { ...state, phase, codes: [] };
}

function onCreated(state: QrState, code: QrCode): Reduced {
  const { status } = state.phase;
  // Somebody scanned the old one, or cancelled, while the new one was on its way.
  if (status !== "asking" && status !== "renewing") return { state, abandoned: [code] };
  if (!code.isOfUse) {
    const abandoned = [...state.codes, code];
    return { state: ended({ ...state, isReachable: true }, { status: "unknown_device" }), abandoned };
  }
  const all = [...state.codes, code];
  const codes = all.slice(-MAX_CODES);
  const abandoned = all.slice(0, all.length - codes.length);
  const phase = { status: "waiting", renewFromInMs: 0 } as const;
  return { state: { ...state, phase, codes, isReachable: true }, abandoned };
}

function onNotCreated(state: QrState, cause: UnavailableCause, retryAtInMs: number | null): QrState {
  const { phase, codes } = state;
  if (phase.status === "renewing" && codes.length > 0) {
    return { ...state, phase: { status: "waiting", renewFromInMs: retryAtInMs ?? Number.MAX_SAFE_INTEGER } };
  }
  if (phase.status !== "asking" && phase.status !== "renewing") return state;
  return { ...state, phase: { status: "unavailable", cause, retryAtInMs } };
}

function onTold(state: QrState, qrId: string, told: QrStatusOutput, nowInMs: number): Reduced {
  const known = state.codes.find((code) => code.qrId === qrId);
  if (!known) return keep(state);
  const code = { ...known, expiresAtInMs: nowInMs + told.expires_in * 1000 };
  const others = state.codes.filter((other) => other !== known);
  const reached = { ...state, isReachable: true };
  switch (told.status) {
    case "pending":
      return keep({ ...reached, codes: state.codes.map((each) => (each === known ? code : each)) });
    case "scanned":
      if (state.phase.status === "redeeming") return keep(reached);
      return { state: { ...reached, phase: scanned(state, code, told), codes: [code] }, abandoned: others };
    case "approved":
      return {
        state: { ...reached, phase: { status: "redeeming", qrId }, codes: [code] },
        abandoned: others,
      };
    case "denied":
      return { state: ended(reached, { status: told.reason ?? "denied" }), abandoned: others };
    case "consumed":
      // While we redeem it, that is our own doing. Otherwise the tokens went to a tab that is gone.
      if (state.phase.status === "redeeming") return keep(reached);
      return { state: ended(reached, { status: "interrupted" }), abandoned: others };
    case "cancelled":
      if (others.length > 0) return keep({ ...reached, codes: others });
      return keep(ended(reached, { status: "cancelled" }));
    case "expired":
      return keep(withoutExpired(reached, [known]));
  }
}

function scanned(state: QrState, { qrId }: QrCode, told: QrStatusOutput): QrState["phase"] {
  const { phase } = state;
  const before = phase.status === "scanned" && phase.qrId === qrId ? phase.entry : undefined;
  return {
    status: "scanned",
    qrId,
    scannedBy: told.scanned_by ?? "",
    confirmation: told.confirmation ?? "tap",
    entry: told.code_entered ? { status: "entered" } : (before ?? { status: "wanted" }),
  };
}

function onOnline(state: QrState, isOnline: boolean, isVisible: boolean): QrState {
  if (state.isOnline === isOnline) return state;
  const changed = { ...state, isOnline, isReachable: true };
  if (!isOnline) return changed;
  const { phase } = state;
  // From here on it is due; the next look, if anybody looks, asks.
  if (phase.status === "unavailable" && phase.retryAtInMs !== null) {
    return { ...changed, phase: { ...phase, retryAtInMs: 0 } };
  }
  if (phase.status !== "waiting" || !isVisible || state.renewals >= MAX_RENEWALS) return changed;
  return { ...changed, phase: { status: "renewing" }, renewals: state.renewals + 1 };
}

function onLooked(given: QrState, nowInMs: number, isVisible: boolean): QrState {
  const past = given.codes.filter((code) => code.expiresAtInMs + EXPIRY_GRACE_IN_MS <= nowInMs);
  const state = past.length > 0 ? withoutExpired(given, past) : given;
  const { phase, codes, renewals } = state;
  if (!isVisible || !state.isOnline) return state;
  const asking = { ...state, phase: { status: "asking" } } as const;
  if (phase.status === "unavailable") {
    return phase.retryAtInMs !== null && phase.retryAtInMs <= nowInMs ? asking : state;
  }
  if (phase.status === "expired" && phase.why === "unattended") {
    return { ...asking, renewals: renewals + 1 };
  }
  const newest = codes.at(-1);
  const isDue =
    phase.status === "waiting" &&
    newest !== undefined &&
    newest.expiresAtInMs - RENEWAL_MARGIN_IN_MS <= nowInMs &&
    phase.renewFromInMs <= nowInMs;
  if (!isDue || renewals >= MAX_RENEWALS) return state;
  return { ...state, phase: { status: "renewing" }, renewals: renewals + 1 };
}

/** Codes have run out: what is shown changes only with the last of them. */
function withoutExpired(state: QrState, past: readonly QrCode[]): QrState {
  const codes = state.codes.filter((code) => !past.includes(code));
  const { phase } = state;
  if (codes.length > 0) return { ...state, codes };
  switch (phase.status) {
    case "waiting": {
      const why = state.renewals < MAX_RENEWALS ? "unattended" : "for_good";
      return { ...state, codes, phase: { status: "expired", why, code: lastShown(past) } };
    }
    case "renewing":
      return { ...state, codes, phase: { status: "asking" } };
    case "scanned":
      // Not by itself: a user who was about to confirm has to see why it did not work.
      return { ...state, codes, phase: { status: "expired", why: "for_good", code: lastShown(past) } };
    case "redeeming":
      return { ...state, codes, phase: { status: "interrupted" } };
    default:
      return { ...state, codes };
  }
}

function lastShown(codes: readonly QrCode[]): ShownCode | null {
  return codes.at(-1)?.shown ?? null;
}

function onEntry(state: QrState, qrId: string, entry: DigitsEntry): QrState {
  const { phase } = state;
  if (phase.status !== "scanned" || phase.qrId !== qrId) return state;
  // The stream may have said so before the answer came.
  if (phase.entry.status === "entered") return state;
  return { ...state, phase: { ...phase, entry } };
}

function onRenew(state: QrState): QrState {
  const { phase } = state;
  switch (phase.status) {
    case "asking":
    case "scanned":
    case "redeeming":
    case "signed_in":
      return state;
    case "waiting":
    case "renewing":
      return { ...state, phase: { status: "renewing" }, renewals: 0 };
    default:
      return { ...state, phase: { status: "asking" }, codes: [], renewals: 0 };
  }
}

function onCancel(state: QrState): Reduced {
  switch (state.phase.status) {
    case "asking":
    case "waiting":
    case "renewing":
    case "scanned":
      return { state: ended(state, { status: "cancelled" }), abandoned: state.codes };
    default:
      return keep(state);
  }
}
