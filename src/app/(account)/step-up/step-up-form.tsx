"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { BusyButton } from "../../components/button";
import { focusFirstBadField } from "../../components/focus-field";
import formStyles from "../../components/form.module.css";
import { PasswordField } from "../../components/password-field";
import { TextField } from "../../components/text-field";
import { noAnswerKey } from "../../lib/no-answer";
import { type StepUpOutcome, stepUp } from "../../lib/step-up";
import { OwnUsername } from "../password/own-username";

type StepOutcome = StepUpOutcome | { readonly status: "missing" };

interface StepUpFormProps {
  /** Of the password's field: no two on one page are the same. */
  fieldId: string;
  /** Whether a code of the second factor is needed too. */
  wantsCode?: boolean;
  onDone: () => void;
  /** What is to be said of a try that did not succeed, when it is not about the field; null for nothing. */
  onFault: (text: string | null) => void;
}

/** Asks for the password of a session that another device approved. */
export function StepUpForm({ fieldId, wantsCode = false, onDone, onFault }: StepUpFormProps) {
  const t = useTranslations();
  const form = useRef<HTMLFormElement>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [outcome, setOutcome] = useState<StepOutcome | null>(null);
  const faultText = useFaultText(outcome);
  useEffect(() => onFault(faultText), [faultText, onFault]);
  useEffect(() => {
    if (form.current && outcome) focusFirstBadField(form.current);
  }, [outcome]);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const password = String(data.get("password") ?? "");
    const code = String(data.get("code") ?? "").trim();
    if (password === "") return setOutcome({ status: "missing" });
    if (wantsCode && code === "") return setOutcome({ status: "wrong_code" });
    setIsBusy(true);
    const stepped = await stepUp(password, code);
    setIsBusy(false);
    if (stepped.status === "done") onDone();
    else setOutcome(stepped);
  }

  const fieldFault =
    outcome?.status === "missing"
      ? t("fields.passwordMissing")
      : outcome?.status === "wrong"
        ? t("stepUp.wrong")
        : null;
  return (
    <form ref={form} className={formStyles.form} method="post" noValidate onSubmit={submit}>
      <OwnUsername />
      <PasswordField
        id={fieldId}
        name="password"
        label={t("fields.password")}
        autoComplete="current-password"
        required
        error={fieldFault}
      />
      {wantsCode && (
        <TextField
          id="step-up-code"
          name="code"
          label={t("stepUp.code")}
          autoComplete="one-time-code"
          autoCorrect="off"
          spellCheck={false}
          maxLength={64}
          required
          error={outcome?.status === "wrong_code" ? t("stepUp.wrongCode") : null}
        />
      )}
      <BusyButton type="submit" look="primary" width="full" busy={isBusy} busyLabel={t("stepUp.checking")}>
        {t("stepUp.submit")}
      </BusyButton>
    </form>
  );
}

function useFaultText(outcome: StepOutcome | null): string | null {
  const t = useTranslations();
  switch (outcome?.status) {
    case "wait":
      return outcome.isLocked
        ? t("connection.locked")
        : t("connection.wait", { n: Math.ceil(outcome.seconds / 60) });
    case "unavailable":
      return t(noAnswerKey(outcome.cause, navigator.onLine));
    default:
      return null;
  }
}
