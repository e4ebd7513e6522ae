"use client";

import { useTranslations } from "next-intl";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { BusyButton, Button } from "../../components/button";
import styles from "./session-item.module.css";

interface ConfirmedActionProps {
  className?: string | undefined;
  label: string;
  accessibleLabel?: string;
  question: string;
  confirmLabel: string;
  busyLabel: string;
  isBusy: boolean;
  onConfirm: () => void;
}

/** A button that asks once, in its own place, before it acts. Escape takes it back. */
export function ConfirmedAction(props: ConfirmedActionProps) {
  const { className, label, accessibleLabel, question, confirmLabel, busyLabel, isBusy, onConfirm } = props;
  const t = useTranslations("home");
  const [isAsking, setIsAsking] = useState(false);
  const box = useRef<HTMLFieldSetElement & HTMLSpanElement>(null);
  const wasAsking = useRef(false);
  useEffect(() => {
    if (isAsking === wasAsking.current) return;
    wasAsking.current = isAsking;
    box.current?.querySelector<HTMLElement>("button")?.focus();
  }, [isAsking]);

  if (!isAsking) {
    return (
      <span ref={box}>
        <Button look="secondary" aria-label={accessibleLabel} onClick={() => setIsAsking(true)}>
          {label}
        </Button>
      </span>
    );
  }
  const takeBack = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !isBusy) setIsAsking(false);
  };
  return (
    <fieldset ref={box} className={className} onKeyDown={takeBack}>
      <legend className={styles.question}>{question}</legend>
      <BusyButton look="danger" busy={isBusy} busyLabel={busyLabel} onClick={onConfirm}>
        {confirmLabel}
      </BusyButton>
      <Button onClick={() => setIsAsking(false)}>{t("keep")}</Button>
    </fieldset>
  );
}
