"use client";

import { useTranslations } from "next-intl";
import type { QrSignInView, UnavailableCause } from "../../../client/qr";
import { clockText, useSecondsLeft } from "../../components/clock";
import { unavailableText } from "./announcer";
import { MessageScreen } from "./message-screen";

interface UnavailableScreenProps {
  view: Extract<QrSignInView, { status: "unavailable" }>;
  onRetry: () => void;
}

const retryable: ReadonlySet<UnavailableCause> = new Set([
  "network",
  "server",
  "script",
  "browser_storage",
  "browser_keys",
]);

/** There is no code, and why. It comes by itself where it can. */
export function UnavailableScreen({ view: { cause, retryAtInMs }, onRetry }: UnavailableScreenProps) {
  const t = useTranslations("qrSignIn");
  const isLimit = cause === "rate_limited";
  const seconds = useSecondsLeft(isLimit ? retryAtInMs : null) ?? 0;
  const canRetry = retryable.has(cause);
  return (
    <MessageScreen
      sign="fault"
      title={t("unavailable.title")}
      text={unavailableText(t, cause, t("unavailable.wait", { time: clockText(seconds) }))}
      {...(canRetry ? { action: { label: t("retry"), onClick: onRetry } } : {})}
    />
  );
}
