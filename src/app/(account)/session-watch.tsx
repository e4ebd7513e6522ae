"use client";

import { useEffect } from "react";
import { countersign } from "../lib/countersign";
import { signInAddress } from "../lib/return-address";

/** Leaves the page when its session ends: signed out in any tab, revoked elsewhere, or run out. */
export function SessionWatch() {
  useEffect(() => {
    const { auth } = countersign();
    return auth.onChange((change) => {
      if (change.type !== "signed_out") return;
      const byUser = change.reason === "signed_out";
      // Whoever pressed the button in this tab sees it through, and says so if the server could not be told.
      if (byUser && !change.byOtherTab) return;
      window.location.replace(byUser ? "/signed-out" : signInAddress(window.location.pathname));
    });
  }, []);
  return null;
}
