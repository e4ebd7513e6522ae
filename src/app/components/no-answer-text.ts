"use client";

import { useTranslations } from "next-intl";
import { type NoAnswer, noAnswerKey } from "../lib/no-answer";
import type { Wait } from "../lib/wait";

/** The words for a service that lets wait, or does not answer. */
export function useNoAnswerText(): (outcome: Wait | NoAnswer) => string {
  const t = useTranslations();
  return (outcome) => {
    if (outcome.status === "unavailable") return t(noAnswerKey(outcome.cause, navigator.onLine));
    return outcome.isLocked
      ? t("connection.locked")
      : t("connection.wait", { n: Math.ceil(outcome.seconds / 60) });
  };
}
