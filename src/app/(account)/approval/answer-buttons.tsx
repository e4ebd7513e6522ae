"use client";

import { useTranslations } from "next-intl";
import { classes } from "../../components/classes";
import styles from "./answer-buttons.module.css";
import type { Sending } from "./approval-state";

interface AnswerButtonsProps {
  sending: Sending;
  isApprovable: boolean;
  /** The id of the text that says why it cannot be approved yet. */
  explainedBy: string | undefined;
  onApprove: () => void;
  onDeny: () => void;
}

/**
 * The two answers: of one size and one weight, side by side. Until it may be pressed, Approve is shown and can be
 * focused, and pressing it does nothing. Refusing is always possible.
 */
export function AnswerButtons({ sending, isApprovable, explainedBy, onApprove, onDeny }: AnswerButtonsProps) {
  const t = useTranslations("approval");
  const isBusy = sending === "approve" || sending === "deny";
  const canApprove = isApprovable && !isBusy;
  return (
    <div className={styles.answers}>
      <button
        id="deny"
        type="button"
        className={classes(styles.answer, styles.deny)}
        aria-disabled={isBusy}
        onClick={() => !isBusy && onDeny()}
      >
        {t(sending === "deny" ? "denying" : "deny")}
      </button>
      <button
        id="approve"
        type="button"
        className={classes(styles.answer, styles.approve)}
        aria-disabled={!canApprove}
        aria-describedby={explainedBy}
        onClick={() => canApprove && onApprove()}
      >
        {t(sending === "approve" ? "approving" : "approve")}
      </button>
    </div>
  );
}
