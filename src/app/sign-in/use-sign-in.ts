"use client";

import { useEffect, useState, useSyncExternalStore } from "react";
import { loadPicture, solve } from "../lib/captcha-tools";
import { endedSession } from "../lib/ended-session";
import { lazyAuth, loadAuth } from "../lib/lazy-auth";
import { createPasskeyBrowser } from "../lib/passkey-browser";
import { SignInFlow } from "./sign-in-flow";
import type { SignInView } from "./sign-in-view";

/** Runs one sign-in for the page, and goes to `returnAddress` once the browser has a session. */
export function useSignIn(returnAddress: string): {
  flow: SignInFlow;
  view: SignInView;
  leave: () => void;
} {
  const [flow] = useState(
    () =>
      new SignInFlow({
        auth: lazyAuth,
        loadPicture,
        solve,
        passkeys: createPasskeyBrowser(),
        now: Date.now,
        isOnline: () => navigator.onLine,
        isSecure: () => window.isSecureContext,
        onSignedIn: () => leaveTo(returnAddress),
      }),
  );
  const view = useSyncExternalStore(flow.subscribe, flow.getView, flow.getView);
  useEffect(() => {
    if (endedSession.take()) flow.tellOfEnd();
  }, [flow]);
  useEffect(() => {
    let stop = () => {};
    let isGone = false;
    void begin(flow, () => leaveTo(returnAddress)).then((stopWatching) => {
      if (isGone) stopWatching();
      else stop = stopWatching;
    });
    return () => {
      isGone = true;
      stop();
    };
  }, [flow, returnAddress]);
  useEffect(() => () => flow.close(), [flow]);
  return { flow, view, leave: () => leaveTo(returnAddress) };
}

/** A user who is signed in already, by this tab or another one, need not sign in again. */
async function begin(flow: SignInFlow, leave: () => void): Promise<() => void> {
  const auth = await loadAuth().catch(() => null);
  if (!auth) return () => {};
  const stop = auth.onChange((change) => {
    if (change.type === "signed_in" && change.byOtherTab) leave();
  });
  if (auth.hint === "signed_in" && (await auth.restore()).status === "signed_in") leave();
  else void flow.begin();
  return stop;
}

/** A whole new page: nothing of what was typed stays in memory, and password managers see a finished sign-in. */
function leaveTo(address: string): void {
  window.location.replace(address);
}
