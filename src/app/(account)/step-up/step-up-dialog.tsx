"use client";

import { useTranslations } from "next-intl";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Acr } from "../../../contract/assurance";
import { Button } from "../../components/button";
import type { Elements } from "../../components/elements";
import { StatusLine } from "../../components/status-line";
import { refusalOf } from "../../lib/refusal-of";
import type { Said } from "./said";
import styles from "./step-up-dialog.module.css";
import { StepUpProof } from "./step-up-proof";
import { StepUpContext } from "./use-step-up";
import { wantedOf } from "./ways";

/** A call that was refused. */
interface Retry {
  wanted: Acr;
  again: () => void;
  givenUp: (() => void) | undefined;
}

/** Asks who the user is when a call below was refused for want of that, and then makes the call again. */
export function StepUpProvider({ children }: { children: Elements }) {
  const [retry, setRetry] = useState<Retry | null>(null);
  const ask = useCallback((error: unknown, again: () => void, givenUp?: () => void) => {
    const { reason, members } = refusalOf(error);
    if (reason !== "step_up_required") return false;
    setRetry({ again, givenUp, wanted: wantedOf(members.acr_values) });
    return true;
  }, []);
  const close = useCallback(() => setRetry(null), []);
  const value = useMemo(() => ({ ask }), [ask]);
  return (
    <StepUpContext value={value}>
      {children}
      {retry && <StepUpDialog {...retry} onClose={close} />}
    </StepUpContext>
  );
}

function StepUpDialog({ wanted, again, givenUp, onClose }: Retry & { onClose: () => void }) {
  const t = useTranslations("stepUp");
  const dialog = useRef<HTMLDialogElement>(null);
  const isDone = useRef(false);
  const [said, setSaid] = useState<Said | null>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => dialog.current?.close();
  function closed() {
    onClose();
    if (!isDone.current) givenUp?.();
  }
  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby="step-up-title" onClose={closed}>
      <h2 id="step-up-title">{t("title")}</h2>
      <p>{t("hint")}</p>
      <StatusLine tone={said?.tone ?? "calm"}>{said?.text}</StatusLine>
      <StepUpProof
        fieldId="step-up-password"
        wanted={wanted}
        takesFocus
        onSaid={setSaid}
        onDone={() => {
          // First: closing gives the focus back to where it was, and what comes of the call may move it on.
          isDone.current = true;
          close();
          again();
        }}
      />
      <Button look="plain" width="full" onClick={close}>
        {t("cancel")}
      </Button>
    </dialog>
  );
}
