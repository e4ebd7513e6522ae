"use client";

import { useTranslations } from "next-intl";
import type { SignUpOutcome } from "../../client/session/sign-up";
import { useNoAnswerText } from "../components/no-answer-text";
import { waitFor } from "../lib/wait";
import { type NewAccount, NewAccountForm } from "../new-account/new-account-form";
import { type ShownRefusal, useAccountRefusal } from "../new-account/use-account-refusal";

interface JoinFormProps {
  minLength: number;
  isBusy: boolean;
  outcome: SignUpOutcome | null;
  onSubmit: (newcomer: NewAccount) => void;
}

/** Name, display name and password of somebody who was invited. */
export function JoinForm({ minLength, isBusy, outcome, onSubmit }: JoinFormProps) {
  const t = useTranslations("join");
  const { errors, message } = useRefusal(outcome, minLength);
  return (
    <NewAccountForm
      minLength={minLength}
      usernameHint={t("usernameHint")}
      errors={errors}
      message={isBusy ? t("joining") : message}
      label={t("submit")}
      isBusy={isBusy}
      busyLabel={t("joining")}
      onSubmit={onSubmit}
    />
  );
}

function useRefusal(outcome: SignUpOutcome | null, minLength: number): ShownRefusal {
  const t = useTranslations();
  const shownRefusal = useAccountRefusal(minLength);
  const noAnswerText = useNoAnswerText();
  const says = (message: string | null) => ({ errors: {}, message });
  switch (outcome?.status) {
    case undefined:
      return says(null);
    case "username_taken":
    case "weak_password":
    case "invalid_field":
      return shownRefusal(outcome);
    case "captcha_required":
    case "captcha_failed":
    case "ticket_expired":
      return says(t("join.checkFailed"));
    case "too_many_attempts":
      return says(noAnswerText(waitFor(outcome.retryAfterInSeconds)));
    case "unavailable":
      return says(noAnswerText(outcome));
    default:
      return says(t("connection.unexpected"));
  }
}
