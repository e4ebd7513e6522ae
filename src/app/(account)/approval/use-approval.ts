"use client";

import { type Dispatch, useCallback, useEffect, useReducer } from "react";
import type { QrScanInput } from "../../../contract/qr";
import { useOnline } from "../../components/use-online";
import { countersign } from "../../lib/countersign";
import { readClaim, revoke, scan, sendApproval, sendDenial, sendExtension } from "./approval-calls";
import {
  type ApprovalEvent,
  type ApprovalState,
  reduceApproval,
  type ScanOutcome,
  startingState,
} from "./approval-state";

const POLL_INTERVAL_IN_MS = 2_000;
const RETRY_AFTER_IN_MS = 2_000;
/** A ticket is renewed this long after its end: asked for earlier, the same one would come again. */
const RENEWAL_DELAY_IN_MS = 500;

export interface Approval {
  readonly state: ApprovalState;
  readonly approve: () => void;
  readonly deny: () => void;
  readonly extend: () => void;
  readonly undo: () => void;
  /** From the beginning: after the password, or when the service could not be reached. */
  readonly reopen: () => void;
}

/**
 * One request on this phone, from scan to outcome. The stream tells at once what happens to it; asking calmly carries it
 * when there is no stream.
 *
 * @param target the scanned id or the typed code; the same object as long as the same request is meant
 * @param found what a scan has found already
 */
export function useApproval(target: QrScanInput, found: ScanOutcome | null): Approval {
  const [state, dispatch] = useReducer(reduceApproval, found, startingState);
  useOpening(state, target, dispatch);
  useClaimWatch(state, dispatch);
  useTicketRenewal(state, dispatch);

  const send = (what: "approve" | "deny" | "extend", call: typeof sendApproval) => () => {
    if (state.screen !== "asking" || state.sending !== "nothing") return;
    dispatch({ type: "sending", what });
    void call(state.request).then(dispatch);
  };
  const undo = () => {
    if (state.screen !== "signed_in" || state.undo === "working") return;
    dispatch({ type: "undo", progress: "working" });
    void revoke(state.sessionId).then((outcome) =>
      dispatch({ type: "undo", progress: outcome === "revoked" ? "done" : "failed" }),
    );
  };
  return {
    state,
    approve: send("approve", sendApproval),
    deny: send("deny", sendDenial),
    extend: send("extend", sendExtension),
    undo,
    reopen: useCallback(() => dispatch({ type: "reopen" }), []),
  };
}

function useOpening(state: ApprovalState, target: QrScanInput, dispatch: Dispatch<ApprovalEvent>): void {
  const attempt = state.screen === "opening" ? state.attempt : null;
  const isOnline = useOnline();
  useEffect(() => {
    if (attempt === null || !isOnline) return;
    let isGone = false;
    const open = async () => {
      const outcome = await scan(target);
      if (!isGone) dispatch({ type: "scanned", outcome });
    };
    const timer = setTimeout(open, attempt === 0 ? 0 : RETRY_AFTER_IN_MS);
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [attempt, isOnline, target, dispatch]);
}

function useClaimWatch(state: ApprovalState, dispatch: Dispatch<ApprovalEvent>): void {
  const qrId = state.screen === "asking" || state.screen === "finishing" ? state.request.qrId : null;
  useEffect(() => {
    if (qrId === null) return;
    let isGone = false;
    let reading: "not" | "once" | "again" = "not";
    const read = async () => {
      if (document.visibilityState === "hidden") return;
      if (reading !== "not") {
        // What is on its way may have been written before this news.
        reading = "again";
        return;
      }
      reading = "once";
      const event = await readClaim(qrId);
      const isStale = reading !== "once";
      reading = "not";
      if (isGone) return;
      const isFault = event.type === "refused" && event.refusal.status === "unavailable";
      if (!isFault) dispatch(event);
      if (isStale) void read();
    };
    const timer = setInterval(read, POLL_INTERVAL_IN_MS);
    const stopListening = countersign().live.onEvent((event) => {
      if (event.type === "qr_changed" ? event.qr_id === qrId : event.type !== "session_ended") void read();
    });
    document.addEventListener("visibilitychange", read);
    window.addEventListener("online", read);
    void read();
    return () => {
      isGone = true;
      clearInterval(timer);
      stopListening();
      document.removeEventListener("visibilitychange", read);
      window.removeEventListener("online", read);
    };
  }, [qrId, dispatch]);
}

function useTicketRenewal(state: ApprovalState, dispatch: Dispatch<ApprovalEvent>): void {
  const request = state.screen === "asking" ? state.request : null;
  const qrId = request?.qrId;
  const ticketEndsAtInMs = request?.ticketEndsAtInMs;
  useEffect(() => {
    if (qrId === undefined || ticketEndsAtInMs === undefined) return;
    let isGone = false;
    const renew = async () => {
      const outcome = await scan({ qr_id: qrId });
      if (!isGone) dispatch({ type: "renewed", outcome });
    };
    const timer = setTimeout(renew, Math.max(0, ticketEndsAtInMs - Date.now()) + RENEWAL_DELAY_IN_MS);
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [qrId, ticketEndsAtInMs, dispatch]);
}
