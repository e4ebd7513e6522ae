"use client";

import { useTranslations } from "next-intl";
import { BusyButton } from "../../components/button";
import { classes } from "../../components/classes";
import { useOnline } from "../../components/use-online";
import { useTitle } from "../../components/use-title";
import { AnswerButtons } from "./answer-buttons";
import type { ApprovalState } from "./approval-state";
import styles from "./asking.module.css";
import { MatchCode } from "./match-code";
import { RequestFacts } from "./request-facts";
import { useSaying } from "./stage";
import type { Approval } from "./use-approval";
import { useArmed } from "./use-armed";
import { useNowInMs } from "./use-now-in-ms";

const SPOKEN_AT_IN_SECONDS = 30;

type Asking = Extract<ApprovalState, { screen: "asking" }>;

interface AskingScreenProps {
  state: Asking;
  approval: Approval;
  displayName: string;
}

/** "Sign in on this device?": the facts, one warning, and two answers of equal weight. */
export function AskingScreen({ state, approval, displayName }: AskingScreenProps) {
  const t = useTranslations("approval");
  const { request, sending } = state;
  const isOnline = useOnline();
  const now = useNowInMs();
  const secondsLeft = Math.max(0, Math.ceil((request.endsAtInMs - now) / 1_000));
  const awaitsCode = request.confirmation === "code" && !state.isCodeEntered;
  const isArmed = useArmed(!awaitsCode);
  useTitle(t("title"));
  useSaying(useAskingText(state, secondsLeft, isOnline), state.note === "not_sent" ? "error" : "calm");
  return (
    <div className={styles.asking}>
      <h1 tabIndex={-1}>{t("title")}</h1>
      <RequestFacts request={request} displayName={displayName} nowInMs={now} />
      <Warning isSameNetwork={request.facts.same_network} />
      {request.code !== null && <MatchCode code={request.code} isEntered={state.isCodeEntered} />}
      <AnswerButtons
        sending={sending}
        isApprovable={isArmed && isOnline}
        reason={awaitsCode ? t("codeFirst") : null}
        onApprove={approval.approve}
        onDeny={approval.deny}
      />
      <div className={styles.time}>
        <p role="timer" className={styles.left}>
          {t("timeLeft", { time: clockText(secondsLeft) })}
        </p>
        {request.canExtend && (
          <BusyButton
            look="plain"
            busy={sending === "extend"}
            busyLabel={t("extending")}
            onClick={approval.extend}
          >
            {t("moreTime")}
          </BusyButton>
        )}
      </div>
    </div>
  );
}

/** What the status node says, the most pressing first. */
function useAskingText(state: Asking, secondsLeft: number, isOnline: boolean): string | null {
  const t = useTranslations("approval");
  if (!isOnline) return t("offline");
  switch (state.note) {
    case "not_sent":
      return t("notSent");
    case "code_first":
      return t("codeFirst");
    case "extended":
      return t("extended");
    case null:
      break;
  }
  if (secondsLeft <= SPOKEN_AT_IN_SECONDS) return t("endsSoon");
  return state.request.code !== null && state.isCodeEntered ? t("codeEntered") : null;
}

function Warning({ isSameNetwork }: { isSameNetwork: boolean }) {
  const t = useTranslations("approval");
  return (
    <p className={classes(styles.warning, !isSameNetwork && styles.grave)}>
      <svg
        aria-hidden="true"
        focusable="false"
        viewBox="0 0 24 24"
        width="24"
        height="24"
        className={styles.sign}
      >
        <path d="M12 4 21 19.5H3L12 4Zm0 6v4.5m0 2.5v.01" />
      </svg>
      <span>{t(isSameNetwork ? "warningNear" : "warningFar")}</span>
    </p>
  );
}

/** Minutes and seconds, as `1:05`. */
function clockText(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
