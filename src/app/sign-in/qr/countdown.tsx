"use client";

import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import styles from "./qr-panel.module.css";

/** Whole seconds until then, counted down; null when there is nothing to wait for. */
export function useSecondsLeft(untilInMs: number | null): number | null {
  const [nowInMs, setNowInMs] = useState(() => Date.now());
  const isCounting = untilInMs !== null;
  useEffect(() => {
    if (!isCounting) return;
    setNowInMs(Date.now());
    const timer = setInterval(() => setNowInMs(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [isCounting]);
  return untilInMs === null ? null : Math.max(0, Math.ceil((untilInMs - nowInMs) / 1000));
}

/** `1:05` */
export function clockText(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** How long a code is still shown. A timer is not read out by itself: what has to be said, the announcer says. */
export function Countdown({ untilInMs, kind }: { untilInMs: number; kind: "renewsIn" | "expiresIn" }) {
  const t = useTranslations("qrSignIn");
  const seconds = useSecondsLeft(untilInMs) ?? 0;
  return (
    <p role="timer" className={styles.countdown}>
      {t(kind, { time: clockText(seconds) })}
    </p>
  );
}
