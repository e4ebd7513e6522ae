"use client";

import { useEffect, useState } from "react";

/** The time in milliseconds since the epoch, renewed each second. */
export function useNowInMs(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
