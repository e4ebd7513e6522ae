"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { BusyButton } from "../../components/button";
import { focusFirstBadField } from "../../components/focus-field";
import formStyles from "../../components/form.module.css";
import { useNoAnswerText } from "../../components/no-answer-text";
import { PasswordField } from "../../components/password-field";
import { TextField } from "../../components/text-field";
import { type StepUpOutcome, stepUp } from "../../lib/step-up";
import { OwnUsername } from "../password/own-username";
import type { Said } from "./said";

type ProofOutcome = StepUpOutcome | { readonly status: "missing" };

interface PasswordProofProps {
  /** Of the password's field: no two on one page are the same. */
  fieldId: string;
  /** Whether a code of the second factor is needed too. */
  wantsCode: boolean;
  onDone: () => void;
  onSaid: (said: Said | null) => void;
}

/** Proves who the user is by the password, with a code where one is wanted. */
export function PasswordProof({ fieldId, wantsCode, onDone, onSaid }: PasswordProofProps) {
  const t = useTranslations();
  const form = useRef<HTMLFormElement>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [outcome, setOutcome] = useState<ProofOutcome | null>(null);
  const textOf = useNoAnswerText();
  useEffect(() => {
    if (form.current && outcome) focusFirstBadField(form.current);
  }, [outcome]);

  function settle(next: ProofOutcome) {
    setOutcome(next);
    const isOfService = next.status === "wait" || next.status === "unavailable";
    onSaid(isOfService ? { tone: "error", text: textOf(next) } : null);
  }
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const password = String(data.get("password") ?? "");
    const code = String(data.get("code") ?? "").trim();
    if (password === "") return settle({ status: "missing" });
    if (wantsCode && code === "") return settle({ status: "wrong_code" });
    setIsBusy(true);
    const stepped = await stepUp(password, code);
    setIsBusy(false);
    if (stepped.status === "done") onDone();
    else settle(stepped);
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
