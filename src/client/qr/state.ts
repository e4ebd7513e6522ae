import type { DigitsEntry, QrSignInView, ShownCode, UnavailableCause } from "./view";

/**
 * A code that this browser has asked for and can still redeem.
 *
 * `deviceCode` and `watchToken` are shared between the tabs of a browser, in memory, so that another tab can go on when
 * one is closed: without the browser's key, which no tab can read, they open nothing.
 */
export interface QrCode {
  readonly qrId: string;
  readonly deviceCode: string;
  readonly watchToken: string;
  readonly shown: ShownCode;
  /** Between two polls. */
  readonly intervalInMs: number;
  /** Milliseconds since the epoch, by this machine's clock. */
  readonly expiresAtInMs: number;
  /** False where no phone can approve it, because nobody has signed in on this device before. */
  readonly isOfUse: boolean;
}

/** How far the sign-in is. Times are milliseconds since the epoch. */
export type QrPhase =
  /** There is nothing to show yet; a code is being asked for. */
  | { readonly status: "asking" }
  /** The newest code is shown. `renewFromInMs` holds back the next one after a failed try. */
  | { readonly status: "waiting"; readonly renewFromInMs: number }
  /** The newest code is shown, and its successor is being asked for. */
  | { readonly status: "renewing" }
  | {
      readonly status: "scanned";
      readonly qrId: string;
      readonly scannedBy: string;
      readonly confirmation: "tap" | "code";
      readonly entry: DigitsEntry;
    }
  | { readonly status: "redeeming"; readonly qrId: string }
  | { readonly status: "signed_in"; readonly sessionId: string }
  | { readonly status: "denied" | "unknown_device" | "cancelled" | "interrupted" }
  /** "unattended": it ran out while nobody looked, and is renewed as soon as somebody does. */
  | { readonly status: "expired"; readonly why: "unattended" | "for_good"; readonly code: ShownCode | null }
  | {
      readonly status: "unavailable";
      readonly cause: UnavailableCause;
      readonly retryAtInMs: number | null;
    };

export interface QrState {
  readonly phase: QrPhase;
  /** The newest last; the older ones stay redeemable until they expire. */
  readonly codes: readonly QrCode[];
  /** Codes that came by themselves since the last click. */
  readonly renewals: number;
  readonly isOnline: boolean;
  /** False when the service has not answered for a while although there is a network. */
  readonly isReachable: boolean;
}

/** A code renews itself so long before it expires. */
export const RENEWAL_MARGIN_IN_MS = 20_000;
/** So often by itself; then it waits for a click. */
export const MAX_RENEWALS = 5;
/** The service tells of the end itself; ours is for when it cannot. */
export const EXPIRY_GRACE_IN_MS = 2_000;

export function firstState(isOnline: boolean): QrState {
  return { phase: { status: "asking" }, codes: [], renewals: 0, isOnline, isReachable: true };
}

/** What another tab goes on from: its predecessor's calls under way have no answer any more. */
export function resumed(state: QrState): QrState {
  const { phase } = state;
  if (phase.status !== "scanned" || phase.entry.status !== "checking") return state;
  return { ...state, phase: { ...phase, entry: { status: "wanted" } } };
}

/** What of a state is shown. */
export function viewOf(state: QrState): QrSignInView {
  const { phase, codes, isOnline, isReachable } = state;
  switch (phase.status) {
    case "asking":
      return isOnline ? { status: "starting" } : { status: "offline" };
    case "waiting":
    case "renewing": {
      if (!isOnline) return { status: "offline" };
      if (!isReachable) return { status: "unavailable", cause: "network", retryAtInMs: null };
      const code = codes.at(-1);
      if (!code) return { status: "starting" };
      const { shown, expiresAtInMs } = code;
      const renewsItself = state.renewals < MAX_RENEWALS || phase.status === "renewing";
      const renewsAtInMs = renewsItself ? expiresAtInMs - RENEWAL_MARGIN_IN_MS : null;
      return { status: "waiting", code: shown, expiresAtInMs, renewsAtInMs };
    }
    case "scanned": {
      const code = codes.find(({ qrId }) => qrId === phase.qrId);
      const { scannedBy, entry } = phase;
      return {
        status: "scanned",
        scannedBy,
        confirmation: phase.confirmation === "tap" ? { kind: "tap" } : { kind: "code", entry },
        expiresAtInMs: code?.expiresAtInMs ?? 0,
      };
    }
    case "redeeming":
      return { status: "approved" };
    case "expired":
      return isOnline || phase.why === "for_good"
        ? { status: "expired", code: phase.code }
        : { status: "offline" };
    case "unavailable": {
      const { cause, retryAtInMs } = phase;
      return isOnline ? { status: "unavailable", cause, retryAtInMs } : { status: "offline" };
    }
    default:
      return phase;
  }
}

/** When time alone will next change something; undefined when it will not. */
export function dueAtInMs({ phase, codes, renewals }: QrState): number | undefined {
  if (phase.status === "unavailable") return phase.retryAtInMs ?? undefined;
  const ends = codes.map(({ expiresAtInMs }) => expiresAtInMs + EXPIRY_GRACE_IN_MS);
  const newest = codes.at(-1);
  const mayRenew = phase.status === "waiting" && newest !== undefined && renewals < MAX_RENEWALS;
  const renewalAt = mayRenew
    ? [Math.max(newest.expiresAtInMs - RENEWAL_MARGIN_IN_MS, phase.renewFromInMs)]
    : [];
  const times = [...ends, ...renewalAt];
  return times.length === 0 ? undefined : Math.min(...times);
}
