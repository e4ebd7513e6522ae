"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { BusyButton } from "../components/button";
import { focusFirstBadField } from "../components/focus-field";
import formStyles from "../components/form.module.css";
import { NewPasswordField } from "../components/new-password-field";
import { PageTitle } from "../components/page-title";
import { passwordLength } from "../components/password-length";
import { StatusLine } from "../components/status-line";
import { useWeakPasswordText } from "../components/weak-password";
import { noAnswerKey } from "../lib/no-answer";
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
        <div className={formStyles.end}>
          <StatusLine tone="error">{isBusy ? null : refused.message}</StatusLine>
          <BusyButton
            type="submit"
            look="primary"
            width="full"
            busy={isBusy}
            busyLabel={t("recover.setting")}
          >
            {t("recover.submit")}
          </BusyButton>
        </div>
      </form>
    </>
  );
}

function useFaults(outcome: CompleteOutcome | null, minLength: number) {
  const t = useTranslations();
  const weakText = useWeakPasswordText(minLength);
  const fault = { field: null as string | null, message: null as string | null };
  if (outcome?.status === "weak_password") fault.field = weakText(outcome.rule);
  if (outcome?.status === "wait") {
    fault.message = t("connection.wait", { n: Math.ceil(outcome.seconds / 60) });
  }
  if (outcome?.status === "unavailable") fault.message = t(noAnswerKey(outcome.cause, navigator.onLine));
  return fault;
}
