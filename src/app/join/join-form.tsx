"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button, ButtonLink } from "../components/button";
import { useNoAnswerText } from "../components/no-answer-text";
import { waitFor } from "../lib/wait";
import { type NewAccount, NewAccountForm } from "../new-account/new-account-form";
import { type ShownRefusal, useAccountRefusal } from "../new-account/use-account-refusal";
import type { JoinWay, JoinWays } from "./join-ways";
import type { PasskeyJoinOutcome } from "./passkey-join";

/** What was typed, and by what the account is to be signed in to. */
export interface Newcomer extends NewAccount {
  readonly way: JoinWay;
}

interface JoinFormProps {
  minLength: number;
  ways: JoinWays;
  isBusy: boolean;
  outcome: PasskeyJoinOutcome | null;
  onSubmit: (newcomer: Newcomer) => void;
}

/** Name and display name of somebody who was invited, and a passkey or a password. */
export function JoinForm({ minLength, ways, isBusy, outcome, onSubmit }: JoinFormProps) {
  const t = useTranslations("join");
  const [way, setWay] = useState(ways[0]);
  const other = ways.find((one) => one !== way);
  const { errors, message } = useRefusal(outcome, minLength);
  const isCalm = isBusy || (outcome?.status === "not_made" && outcome.tone === "calm");
  return (
    <NewAccountForm
      minLength={minLength}
      usernameHint={t("usernameHint")}
      withoutPassword={way === "passkey" ? t("passkeyLead") : undefined}
      errors={errors}
      message={isBusy ? t("joining") : message}
      tone={isCalm ? "calm" : "error"}
      label={t(way === "passkey" ? "submitPasskey" : "submit")}
      isBusy={isBusy}
      busyLabel={t("joining")}
      onSubmit={(account) => onSubmit({ ...account, way })}
    >
      {other && (
        <Button id="other-way" look="plain" width="full" disabled={isBusy} onClick={() => setWay(other)}>
          {t(other === "passkey" ? "usePasskey" : "usePassword")}
        </Button>
      )}
      {outcome?.status === "username_taken" && (
        <ButtonLink look="plain" width="full" href="/sign-in">
          {t("ownName")}
        </ButtonLink>
      )}
    </NewAccountForm>
  );
}

function useRefusal(outcome: PasskeyJoinOutcome | null, minLength: number): ShownRefusal {
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
    case "not_made":
      return says(t(outcome.key));
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
