"use client";

import { useEffect, useRef, useState } from "react";
import type { QrSignIn, QrSignInView } from "../../../client/qr";
import { countersign } from "../../lib/countersign";

export type QrActions = Pick<QrSignIn, "renew" | "cancel" | "enterCode">;

/** Runs the sign-in by QR code for as long as the panel is there, and goes to `returnAddress` once it has a session. */
export function useQrSignIn(returnAddress: string): { view: QrSignInView; actions: QrActions } {
  const [view, setView] = useState<QrSignInView>({ status: "starting" });
  const running = useRef<QrSignIn>(null);
  const [actions] = useState<QrActions>(() => ({
    renew: () => running.current?.renew(),
    cancel: () => running.current?.cancel(),
    enterCode: (digits) => running.current?.enterCode(digits),
  }));
  useEffect(() => {
    const signIn = countersign().qr.start(setView);
    running.current = signIn;
    return () => signIn.stop();
  }, []);
  const isSignedIn = view.status === "signed_in";
  useEffect(() => {
    // A whole new page, as after a password.
    if (isSignedIn) window.location.replace(returnAddress);
  }, [isSignedIn, returnAddress]);
  return { view, actions };
}
