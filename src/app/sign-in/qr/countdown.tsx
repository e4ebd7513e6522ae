"use client";

import { useTranslations } from "next-intl";
import { clockText, useSecondsLeft } from "../../components/clock";
import styles from "./qr-panel.module.css";

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
