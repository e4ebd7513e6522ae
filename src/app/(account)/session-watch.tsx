"use client";

import { useEffect } from "react";
import { countersign } from "../lib/countersign";
import { whoIsLeaving } from "../lib/leaving";
import { signInAddress } from "../lib/return-address";

/** Leaves the page when its session ends: signed out in any tab, revoked elsewhere, or run out. */
export function SessionWatch() {
  useEffect(() => {
    const { auth, live } = countersign();
    const stopWatching = auth.onChange((change) => {
      if (change.type !== "signed_out") return;
      const leaving = whoIsLeaving();
      if (leaving === "this_tab") return;
      const byUser = change.reason === "signed_out" || leaving === "another_tab";
      const address = byUser ? "/signed-out" : signInAddress(window.location.pathname);
      window.location.replace(address);
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
