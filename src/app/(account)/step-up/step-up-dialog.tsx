"use client";

import { useTranslations } from "next-intl";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Button } from "../../components/button";
import type { Elements } from "../../components/elements";
import { StatusLine } from "../../components/status-line";
import { refusalOf } from "../../lib/refusal-of";
import styles from "./step-up-dialog.module.css";
import { StepUpForm } from "./step-up-form";
import { StepUpContext } from "./use-step-up";

/** Asks for the password when a call below was refused for want of it, and then makes the call again. */
export function StepUpProvider({ children }: { children: Elements }) {
  const [retry, setRetry] = useState<{ again: () => void; wantsCode: boolean } | null>(null);
  const ask = useCallback((error: unknown, again: () => void) => {
    const { reason, members } = refusalOf(error);
    if (reason !== "step_up_required") return false;
    setRetry({ again, wantsCode: members.acr_values === "mfa" });
    return true;
  }, []);
  const close = useCallback(() => setRetry(null), []);
  const value = useMemo(() => ({ ask }), [ask]);
  return (
    <StepUpContext value={value}>
      {children}
      {retry && <StepUpDialog wantsCode={retry.wantsCode} onDone={retry.again} onClose={close} />}
    </StepUpContext>
  );
}

interface StepUpDialogProps {
  wantsCode: boolean;
  onDone: () => void;
  onClose: () => void;
}

function StepUpDialog({ wantsCode, onDone, onClose }: StepUpDialogProps) {
  const t = useTranslations("stepUp");
  const dialog = useRef<HTMLDialogElement>(null);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => dialog.current?.close();
  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby="step-up-title" onClose={onClose}>
      <h2 id="step-up-title">{t("title")}</h2>
      <p>{t("hint")}</p>
      <StatusLine tone="error">{fault}</StatusLine>
      <StepUpForm
        fieldId="step-up-password"
        wantsCode={wantsCode}
        onFault={setFault}
        onDone={() => {
          // First: closing gives the focus back to where it was, and what comes of the call may move it on.
          close();
          onDone();
        }}
      />
      <Button look="plain" width="full" onClick={close}>
        {t("cancel")}
      </Button>
    </dialog>
  );
}
