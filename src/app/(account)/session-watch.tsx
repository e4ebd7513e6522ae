"use client";

import { useEffect } from "react";
import { askedDeletion, goToClosed } from "../lib/asked-deletion";
import { countersign } from "../lib/countersign";
import { endedSession } from "../lib/ended-session";
import { signInAddress } from "../lib/return-address";

/** Leaves the page when its session ends: signed out in any tab, revoked elsewhere, or run out. */
export function SessionWatch() {
  useEffect(() => {
    const { auth, live } = countersign();
    const stopWatching = auth.onChange((change) => {
      if (change.type !== "signed_out") return;
      if (change.reason !== "signed_out") void goToSignIn(change.reason);
      // The part of this tab where the button was pressed finishes it, and says so if the service could not be reached.
      else if (change.byOtherTab) window.location.replace("/signed-out");
    });
    // Listening is what keeps the stream open, and the stream is how a page learns at once that its session is over.
    const stopListening = live.onEvent(() => {});
    return () => {
      stopWatching();
      stopListening();
    };
  }, []);
  return null;
}

async function goToSignIn(reason: string): Promise<void> {
  if (askedDeletion.take()) return goToClosed();
  const address = signInAddress(window.location.pathname);
  // The session itself may be fine, and its cookie would lead from the sign-in page straight back to this one.
  if (reason === "no_device_key") await countersign().auth.signOut();
  endedSession.leave();
  window.location.replace(address);
}
