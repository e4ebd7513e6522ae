"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, type ReactElement, useEffect, useRef, useState } from "react";
import { BusyButton } from "../../components/button";
import formStyles from "../../components/form.module.css";
import { CodeField } from "../../second-factor/code-field";
import type { SecondStepCourse } from "./use-second-step";

interface CodeFormProps {
  kind: "totp" | "recovery_code";
  course: SecondStepCourse;
  status: ReactElement;
  statusId: string;
}

/** The field of the code, and what sends it. */
export function CodeForm({ kind, course, status, statusId }: CodeFormProps) {
  const t = useTranslations();
  const form = useRef<HTMLFormElement>(null);
  const [isMissing, setIsMissing] = useState(false);
  const { wrongCount, phase } = course;
  // With the step, with another kind of code, and after a wrong one.
  useEffect(() => {
    const input = form.current?.querySelector("input");
    if (wrongCount > 0 || kind) input?.focus();
    input?.select();
  }, [kind, wrongCount]);
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get("code") ?? "").trim();
    setIsMissing(code === "");
    if (code === "") form.current?.querySelector("input")?.focus();
    else course.answer(code);
  }
  return (
    <form ref={form} className={formStyles.form} method="post" noValidate onSubmit={submit}>
      <CodeField
        id="second-code"
        kind={kind}
        explainedBy={statusId}
        error={isMissing ? t("secondFactor.codeMissing") : null}
      />
      <div className={formStyles.end}>
        {status}
        <BusyButton
          type="submit"
          id="second-submit"
          look="primary"
          width="full"
          busy={phase !== "ready"}
          busyLabel={t(phase === "signed_in" ? "signIn.done" : "signIn.signingIn")}
        >
          {t("signIn.submit")}
        </BusyButton>
      </div>
    </form>
  );
}
