"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { focusFirstBadField } from "../components/focus-field";
import formStyles from "../components/form.module.css";
import { NewPasswordField } from "../components/new-password-field";
import { useNoAnswerText } from "../components/no-answer-text";
import { PageTitle } from "../components/page-title";
import { passwordLength } from "../components/password-length";
import { SubmitRow } from "../components/submit-row";
import { useWeakPasswordText } from "../components/weak-password";
import type { CompleteOutcome } from "./recovery-calls";

interface RecoverFormProps {
  minLength: number;
  username: string;
  isBusy: boolean;
  outcome: CompleteOutcome | null;
  onSubmit: (password: string) => void;
}

/** The new password of the account that the link is for. */
export function RecoverForm({ minLength, username, isBusy, outcome, onSubmit }: RecoverFormProps) {
  const t = useTranslations();
  const form = useRef<HTMLFormElement>(null);
  const [typedFault, setTypedFault] = useState<"missing" | "too_short" | null>(null);
  const refused = useFaults(outcome, minLength);
  const typed = typedFault === "missing" ? t("recover.newMissing") : t("fields.tooShort", { min: minLength });
  const error = typedFault ? typed : refused.field;
  useEffect(() => {
    if (form.current && (typedFault ?? outcome)) focusFirstBadField(form.current);
  }, [typedFault, outcome]);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget).get("password") ?? "");
    const fault = password === "" ? "missing" : passwordLength(password) < minLength ? "too_short" : null;
    setTypedFault(fault);
    if (!fault) onSubmit(password);
  }

  return (
    <>
      <PageTitle title={t("recover.title")}>{t("recover.lead", { username })}</PageTitle>
      <form ref={form} className={formStyles.form} method="post" noValidate onSubmit={submit}>
        {/* So that a password manager knows whose password it keeps. */}
        <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
        <NewPasswordField
          id="password"
          name="password"
          label={t("recover.new")}
          minLength={minLength}
          error={error}
        />
        <SubmitRow
          message={isBusy ? null : refused.message}
          label={t("recover.submit")}
          isBusy={isBusy}
          busyLabel={t("recover.setting")}
        />
      </form>
    </>
  );
}

function useFaults(outcome: CompleteOutcome | null, minLength: number) {
  const weakText = useWeakPasswordText(minLength);
  const noAnswerText = useNoAnswerText();
  const fault = { field: null as string | null, message: null as string | null };
  if (outcome?.status === "weak_password") fault.field = weakText(outcome.rule);
  if (outcome?.status === "wait" || outcome?.status === "unavailable") fault.message = noAnswerText(outcome);
  return fault;
}
