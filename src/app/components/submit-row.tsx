"use client";

import { BusyButton } from "./button";
import type { Elements } from "./elements";
import formStyles from "./form.module.css";
import { StatusLine } from "./status-line";
import { useHydrated } from "./use-hydrated";

interface SubmitRowProps {
  /** What there is to say of the form as a whole. */
  message: string | null;
  tone?: "calm" | "error";
  label: string;
  isBusy: boolean;
  busyLabel: string;
  /** Other ways on, below the button. */
  children?: Elements;
}

/** The end of a form: what came of sending it, and the button that sends it. It sends nothing before its script runs. */
export function SubmitRow(props: SubmitRowProps) {
  const { message, tone = "error", label, isBusy, busyLabel, children } = props;
  const isHydrated = useHydrated();
  return (
    <div className={formStyles.end}>
      <StatusLine tone={tone}>{message}</StatusLine>
      <BusyButton
        type="submit"
        look="primary"
        width="full"
        disabled={!isHydrated}
        busy={isBusy}
        busyLabel={busyLabel}
      >
        {label}
      </BusyButton>
      {children}
    </div>
  );
}
