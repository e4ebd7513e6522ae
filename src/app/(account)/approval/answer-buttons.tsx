"use client";

import { useTranslations } from "next-intl";
import { classes } from "../../components/classes";
import styles from "./answer-buttons.module.css";
import type { Sending } from "./approval-state";

interface AnswerButtonsProps {
  sending: Sending;
  isApprovable: boolean;
  /** Why it cannot be approved yet, where that is worth saying. */
  reason: string | null;
  onApprove: () => void;
  onDeny: () => void;
}

/**
 * The two answers: of one size and one weight, side by side. Until it may be pressed, Approve stands there and can be
 * focused, and pressing it does nothing. Refusing is always possible.
 */
export function AnswerButtons({ sending, isApprovable, reason, onApprove, onDeny }: AnswerButtonsProps) {
  const t = useTranslations("approval");
  const isBusy = sending === "approve" || sending === "deny";
  const canApprove = isApprovable && !isBusy;
  return (
    <>
      {reason !== null && (
        <p id="approve-reason" className={styles.reason}>
          {reason}
        </p>
      )}
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
          aria-describedby={reason === null ? undefined : "approve-reason"}
          onClick={() => canApprove && onApprove()}
        >
          {t(sending === "approve" ? "approving" : "approve")}
        </button>
      </div>
    </>
  );
}
