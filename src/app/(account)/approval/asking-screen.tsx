"use client";

import { useTranslations } from "next-intl";
import { BusyButton } from "../../components/button";
import { classes } from "../../components/classes";
import { clockText, useNowInMs } from "../../components/clock";
import { Glyph } from "../../components/glyph";
import { useOnline } from "../../components/use-online";
import { useTitle } from "../../components/use-title";
import { AnswerButtons } from "./answer-buttons";
import type { ApprovalState } from "./approval-state";
import styles from "./asking.module.css";
import { DeviceCode } from "./device-code";
import { MatchCode } from "./match-code";
import { RequestFacts } from "./request-facts";
import { useSaying } from "./stage";
import type { Approval } from "./use-approval";
import { useArmed } from "./use-armed";

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
  const secondsLeft = Math.max(0, Math.floor((request.endsAtInMs - now) / 1_000));
  const awaitsCode = request.confirmation === "code" && !state.isCodeEntered;
  // The button that was pressed stays where the focus is.
  const hasJustExtended = state.note === "extended";
  const isArmed = useArmed(!awaitsCode);
  useTitle(t("title"));
  useAskingWords(state, secondsLeft, isOnline);
  return (
    <div className={styles.asking}>
      <h1 tabIndex={-1}>{t("title")}</h1>
      <RequestFacts request={request} displayName={displayName} nowInMs={now} />
      <Warning isSameNetwork={request.facts.same_network} />
      {request.confirmation === "code" &&
        (request.code === null ? (
          <DeviceCode qrId={request.qrId} isEntered={state.isCodeEntered} />
        ) : (
          <MatchCode code={request.code} isEntered={state.isCodeEntered} />
        ))}
      {request.passkey && (
        <p id="passkey-hint" className={styles.matchState}>
          {t("passkeyHint")}
        </p>
      )}
      <AnswerButtons
        sending={sending}
        isApprovable={isArmed && isOnline}
        explainedBy={explanations(request)}
        onApprove={approval.approve}
        onDeny={approval.deny}
      />
      <div className={styles.time}>
        <p role="timer" className={styles.left}>
          {t("timeLeft", { time: clockText(secondsLeft) })}
        </p>
        {(request.canExtend || hasJustExtended) && (
          <BusyButton
            look="plain"
            busy={sending === "extend" || hasJustExtended}
            busyLabel={t(hasJustExtended ? "extendedShort" : "extending")}
            onClick={approval.extend}
          >
            {t("moreTime")}
          </BusyButton>
        )}
      </div>
    </div>
  );
}

/** The ids of the texts that say what Approve needs. */
function explanations({ confirmation, passkey }: Asking["request"]): string | undefined {
  const ids = [...(confirmation === "code" ? ["match-state"] : []), ...(passkey ? ["passkey-hint"] : [])];
  return ids.length === 0 ? undefined : ids.join(" ");
}

/** What the status node says, the most pressing first. */
function useAskingWords(
  { note, request, isCodeEntered }: Asking,
  secondsLeft: number,
  isOnline: boolean,
): void {
  const t = useTranslations("approval");
  const isConfirmed = request.confirmation === "code" && isCodeEntered;
  const entered = isConfirmed ? t(request.code === null ? "deviceCodeEntered" : "codeEntered") : null;
  const time =
    secondsLeft <= SPOKEN_AT_IN_SECONDS ? t("endsSoon") : note === "extended" ? t("extended") : null;
  const trouble = !isOnline ? t("offline") : note === "not_sent" ? t("notSent") : null;
  const wanted = note === "code_first" ? t("codeFirst") : null;
  const unsigned =
    note === "passkey_cancelled"
      ? t("passkeyCancelled")
      : note === "passkey_failed"
        ? t("passkeyFailed")
        : null;
  const text = trouble ?? wanted ?? unsigned ?? time;
  const isError = note === "not_sent" || note === "passkey_failed";
  useSaying(text ?? entered, isError ? "error" : "calm", text === null ? "spoken" : "shown");
}

function Warning({ isSameNetwork }: { isSameNetwork: boolean }) {
  const t = useTranslations("approval");
  return (
    <p className={classes(styles.warning, !isSameNetwork && styles.grave)}>
      <Glyph className={styles.sign}>
        <path d="M12 4 21 19.5H3L12 4Zm0 6v4.5m0 2.5v.01" />
      </Glyph>
      <span>{t(isSameNetwork ? "warningNear" : "warningFar")}</span>
    </p>
  );
}
