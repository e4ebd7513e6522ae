"use client";

import { useCallback, useEffect, useState } from "react";
import { countersign } from "../lib/countersign";
import type { NoAnswer } from "../lib/no-answer";
import { refusalOf, waitOrUnavailable } from "../lib/refusal-of";
import { signInAddress } from "../lib/return-address";
import type { Wait } from "../lib/wait";

export type HandOverView =
  | { readonly status: "working" }
  | { readonly status: "ready"; readonly code: string; readonly action: string; readonly isSlow: boolean }
  /** By the Back button: to send the browser forward again would be a trap. */
  | { readonly status: "returned" }
  | Wait
  | NoAnswer;

interface HandOverTarget {
  readonly host: string;
  readonly state: string;
  readonly address: string;
}

const SLOW_AFTER_IN_MS = 4_000;

/** Runs one hand-over when the page is opened. Without a session it goes to the sign-in page, which leads back. */
export function useHandOver({ host, state, address }: HandOverTarget): {
  view: HandOverView;
  start: () => void;
} {
  const [view, setView] = useState<HandOverView>({ status: "working" });
  const start = useCallback(() => {
    setView({ status: "working" });
    void requestCode({ host, state, address }).then(setView);
  }, [host, state, address]);

  useEffect(() => {
    if (cameBack()) setView({ status: "returned" });
    else start();
    const onShow = ({ persisted }: PageTransitionEvent) => {
      if (persisted) setView({ status: "returned" });
    };
    window.addEventListener("pageshow", onShow);
    return () => window.removeEventListener("pageshow", onShow);
  }, [start]);

  const isReady = view.status === "ready";
  useEffect(() => {
    if (!isReady) return;
    const timer = setTimeout(
      () => setView((now) => (now.status === "ready" ? { ...now, isSlow: true } : now)),
      SLOW_AFTER_IN_MS,
    );
    return () => clearTimeout(timer);
  }, [isReady]);
  return { view, start };
}

function cameBack(): boolean {
  const [entry] = performance.getEntriesByType("navigation");
  return entry instanceof PerformanceNavigationTiming && entry.type === "back_forward";
}

/** Nothing is thrown. When it leaves for the sign-in page, the view stays as it is. */
async function requestCode({ host, state, address }: HandOverTarget): Promise<HandOverView> {
  const { auth, trpc } = countersign();
  const restored = await auth.restore();
  if (restored.status === "unavailable") return restored;
  if (restored.status === "signed_out") return leaveToSignIn(address, restored.reason);
  try {
    const { code, action } = await trpc.site.issueCode.mutate({ site: host, state });
    return { status: "ready", code, action, isSlow: false };
  } catch (error) {
    return waitOrUnavailable(refusalOf(error));
  }
}

async function leaveToSignIn(address: string, reason: string): Promise<HandOverView> {
  // The session itself may be fine, and its cookie would lead from the sign-in page straight back to this one.
  if (reason === "no_device_key") await countersign().auth.signOut();
  window.location.replace(signInAddress(address));
  return { status: "working" };
}
