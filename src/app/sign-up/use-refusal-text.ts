"use client";

import { useTranslations } from "next-intl";
import type { CodeSignUpOutcome, SignUpRequestOutcome } from "../../client/session/open-sign-up";
import { useNoAnswerText } from "../components/no-answer-text";
import { waitFor } from "../lib/wait";

type Refused = SignUpRequestOutcome | CodeSignUpOutcome | { readonly status: "missing" };

/** The words for what no field is to blame for. */
export function useRefusalText(): (outcome: Refused) => string {
  const t = useTranslations();
  const noAnswerText = useNoAnswerText();
  return (outcome) => {
    switch (outcome.status) {
      case "captcha_required":
      case "captcha_failed":
      case "ticket_expired":
        return t("join.checkFailed");
      case "too_many_attempts":
        return noAnswerText(waitFor(outcome.retryAfterInSeconds));
      case "unavailable":
        return noAnswerText(outcome);
      case "refused":
        return t(outcome.code === "forbidden" ? "signUp.closed" : "connection.unexpected");
      default:
        return t("connection.unexpected");
    }
  };
}
