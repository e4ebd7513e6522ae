"use client";

import { useEffect, useState } from "react";

/** What takes longer than this is spoken of. */
export const SLOW_AFTER_IN_MS = 5_000;

/** Whether something has been so for that long. */
export function useAfter(isSo: boolean, delayInMs = SLOW_AFTER_IN_MS): boolean {
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    if (!isSo) return;
    const timer = setTimeout(() => setIsOver(true), delayInMs);
    return () => {
      clearTimeout(timer);
      setIsOver(false);
    };
  }, [isSo, delayInMs]);
  return isSo && isOver;
}
