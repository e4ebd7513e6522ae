"use client";

import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import type { CodeSignUpOutcome } from "../../client/session/open-sign-up";
import { Button } from "../components/button";
import { PageTitle } from "../components/page-title";
import { useTitle } from "../components/use-title";
import { NewAccountForm } from "../new-account/new-account-form";
import { type ShownRefusal, useAccountRefusal } from "../new-account/use-account-refusal";
import { MailCodeField } from "../recover/mail-code-field";
import type { Newcomer } from "./sign-up-calls";
import { useRefusalText } from "./use-refusal-text";

const CODE_FIELD = "mail-code";

interface NewcomerFormProps {
  minLength: number;
  email: string;
  isBusy: boolean;
  outcome: CodeSignUpOutcome | null;
  onSubmit: (newcomer: Newcomer) => void;
  onAgain: () => void;
}

/** The code of the mail, with the name and the password of the account that is to come. */
export function NewcomerForm({ minLength, email, isBusy, outcome, onSubmit, onAgain }: NewcomerFormProps) {
  const t = useTranslations();
  const [isCodeMissing, setIsCodeMissing] = useState(false);
  const { errors, message } = useRefusal(outcome, minLength);
  const code = isCodeMissing ? t("signUp.codeMissing") : errors.code;
  useTitle(t("signUp.codeTitle"));
  useEffect(() => document.getElementById(CODE_FIELD)?.focus(), []);
  return (
    <>
      <PageTitle title={t("signUp.codeTitle")}>{t("signUp.codeLead", { email })}</PageTitle>
      <NewAccountForm
        first={<MailCodeField id={CODE_FIELD} error={(!isBusy && code) || null} />}
        minLength={minLength}
        usernameHint={t("join.usernameHint")}
        errors={{ ...errors, ...(code && { code }) }}
        message={isBusy ? t("join.joining") : message}
        tone={isBusy ? "calm" : "error"}
        label={t("join.submit")}
        isBusy={isBusy}
        busyLabel={t("join.joining")}
        onSubmit={({ username, displayName, password }, form) => {
          const typed = String(form.get("code") ?? "").trim();
          setIsCodeMissing(typed === "");
          if (typed !== "") onSubmit({ code: typed, username, displayName, password });
        }}
      >
        <Button width="full" onClick={onAgain}>
          {t("signUp.again")}
        </Button>
      </NewAccountForm>
    </>
  );
}

function useRefusal(outcome: CodeSignUpOutcome | null, minLength: number): ShownRefusal {
  const t = useTranslations("signUp");
  const shownRefusal = useAccountRefusal(minLength);
  const refusalText = useRefusalText();
  if (outcome === null) return { errors: {}, message: null };
  switch (outcome.status) {
    case "username_taken":
    case "weak_password":
    case "invalid_field":
      return shownRefusal(outcome);
    case "invalid_code":
      return { errors: { code: t("codeWrong") }, message: null };
    default:
      return { errors: {}, message: refusalText(outcome) };
  }
}
