"use client";

import { useEffect, useState } from "react";

const SECOND_IN_MS = 1_000;

/**
 * The time in milliseconds since the epoch.
 *
 * @param everyInMs how often it is renewed; null while nobody needs it
 */
export function useNowInMs(everyInMs: number | null = SECOND_IN_MS): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (everyInMs === null) return;
    const tick = () => setNow(Date.now());
    tick();
    const timer = setInterval(tick, everyInMs);
    return () => clearInterval(timer);
  }, [everyInMs]);
  return now;
}

/** Whole seconds until then, counted down; null when there is nothing to wait for. */
export function useSecondsLeft(untilInMs: number | null): number | null {
  const now = useNowInMs(untilInMs === null ? null : SECOND_IN_MS);
  return untilInMs === null ? null : Math.max(0, Math.ceil((untilInMs - now) / SECOND_IN_MS));
}

/** Minutes and seconds, as `1:05`. */
export function clockText(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
