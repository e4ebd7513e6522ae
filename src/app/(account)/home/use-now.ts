"use client";

import { useEffect, useState } from "react";

const EVERY_IN_MS = 30_000;

/** The time in seconds since the epoch, renewed often enough for minutes. */
export function useNowInSeconds(): number {
  const [now, setNow] = useState(() => Math.floor(Date.now() / 1000));
  useEffect(() => {
    const timer = setInterval(() => setNow(Math.floor(Date.now() / 1000)), EVERY_IN_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
