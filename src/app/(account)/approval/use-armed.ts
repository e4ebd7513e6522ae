"use client";

import { useEffect, useState } from "react";

/** Long enough to be no accident, and for a second click meant for something else to have passed. */
export const ARMS_AFTER_IN_MS = 1_000;

/**
 * Whether a decision may be taken: only after the page has been in view and in front for a moment, and again a moment
 * after each return. A click or key press that began elsewhere (double-clickjacking) finds it unarmed.
 *
 * @param isEligible whether it may be armed at all; the moment begins when it becomes so
 */
export function useArmed(isEligible: boolean): boolean {
  const [isArmed, setIsArmed] = useState(false);
  useEffect(() => {
    if (!isEligible) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isAway = false;
    const disarm = () => {
      clearTimeout(timer);
      setIsArmed(false);
    };
    const leave = () => {
      isAway = true;
      disarm();
    };
    const start = () => {
      isAway = false;
      disarm();
      if (document.visibilityState === "visible")
        timer = setTimeout(() => setIsArmed(true), ARMS_AFTER_IN_MS);
    };
    // Not every browser tells of each return; whoever touches the page is back, and that touch itself decides nothing.
    const returnByTouch = () => {
      if (isAway) start();
    };
    start();
    window.addEventListener("pointerdown", returnByTouch);
    window.addEventListener("keydown", returnByTouch);
    document.addEventListener("visibilitychange", start);
    window.addEventListener("pageshow", start);
    window.addEventListener("focus", start);
    window.addEventListener("blur", leave);
    return () => {
      disarm();
      document.removeEventListener("visibilitychange", start);
      window.removeEventListener("pageshow", start);
      window.removeEventListener("focus", start);
      window.removeEventListener("blur", leave);
      window.removeEventListener("pointerdown", returnByTouch);
      window.removeEventListener("keydown", returnByTouch);
    };
  }, [isEligible]);
  return isEligible && isArmed;
}
