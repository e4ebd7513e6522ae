"use client";

import { useEffect, useState } from "react";

/** Long enough to be no accident, and for a second click meant for something else to have passed. */
export const ARMS_AFTER_IN_MS = 1_000;

/**
 * Whether a decision may be taken: only after the page has been in view, in front and left alone for a moment, and again a
 * moment after each return. A click or key press that began elsewhere (double-clickjacking) finds it unarmed; and somebody who
 * clicks away at something, or holds a key, arms nothing by it: each press that comes too early begins the moment again,
 * from when it is let go.
 *
 * @param isEligible whether it may be armed at all; the moment begins when it becomes so
 */
export function useArmed(isEligible: boolean): boolean {
  const [isArmed, setIsArmed] = useState(false);
  useEffect(() => {
    if (!isEligible) return;
    const stop = watchForQuiet(setIsArmed);
    return () => {
      stop();
      setIsArmed(false);
    };
  }, [isEligible]);
  return isEligible && isArmed;
}

/** @returns a function that ends it */
function watchForQuiet(onChange: (isArmed: boolean) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isArmed = false;
  let isHeld = false;
  const set = (value: boolean) => {
    isArmed = value;
    onChange(value);
  };
  const disarm = () => {
    clearTimeout(timer);
    set(false);
  };
  const start = () => {
    disarm();
    if (document.visibilityState !== "visible") return;
    // What was pressed too early must not decide by being held until now: then the moment begins when it is let go.
    timer = setTimeout(() => !isHeld && set(true), ARMS_AFTER_IN_MS);
  };
  const press = () => {
    isHeld = true;
    if (!isArmed) clearTimeout(timer);
  };
  const letGo = () => {
    isHeld = false;
    if (!isArmed) start();
  };
  // A click may come without a pointer, as from a screen reader; or from a key that is still held.
  const click = () => {
    if (!isArmed && !isHeld) start();
  };
  const leave = () => {
    // The page gets no event for a key or button that is released elsewhere.
    isHeld = false;
    disarm();
  };
  const ends = new AbortController();
  // Presses before the button hears of them, and also where something on the way stops them. What concerns the window is
  // heard at the window alone: on the way down it would hear of each focus inside of it, such as the button's own.
  const onPress = { capture: true, signal: ends.signal };
  const onWindow = { signal: ends.signal };
  start();
  for (const type of ["pointerdown", "keydown"]) window.addEventListener(type, press, onPress);
  for (const type of ["pointerup", "pointercancel", "keyup"]) window.addEventListener(type, letGo, onPress);
  window.addEventListener("click", click, onPress);
  for (const type of ["pageshow", "focus"]) window.addEventListener(type, start, onWindow);
  document.addEventListener("visibilitychange", start, onWindow);
  window.addEventListener("blur", leave, onWindow);
  return () => {
    clearTimeout(timer);
    ends.abort();
  };
}
