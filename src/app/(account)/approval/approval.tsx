"use client";

import { useTranslations } from "next-intl";
import type { QrScanInput } from "../../../contract/qr";
import { Button } from "../../components/button";
import { PageTitle } from "../../components/page-title";
import { useOnline } from "../../components/use-online";
import { useTitle } from "../../components/use-title";
import { type NoAnswer, noAnswerKey } from "../../lib/no-answer";
import type { ScanOutcome } from "./approval-state";
import { AskingScreen } from "./asking-screen";
import { DeclinedScreen, FinishingScreen, OverScreen, UndoneScreen, WaitScreen } from "./outcome-screens";
import { SignedInScreen } from "./signed-in-screen";
import { Stage, useSaying } from "./stage";
import { StepUpStep } from "./step-up-step";
import { type Approval as ApprovalHandle, useApproval } from "./use-approval";

interface ApprovalProps {
  /** The scanned id or the typed code; the same object as long as the same request is meant. */
  target: QrScanInput;
  /** Whose account it is about. */
  displayName: string;
  /** What a scan on this page has found already. */
  found?: ScanOutcome;
  /** Goes back to the scanner of this page; without it there is a link to that page. */
  onScanAgain?: () => void;
}

/** A sign-in request on the phone: what it is, the two answers to it, and what came of it. */
export function Approval({ target, displayName, found, onScanAgain }: ApprovalProps) {
  const approval = useApproval(target, found ?? null);
  return (
    <Stage screen={approval.state.screen} isByAct={onScanAgain !== undefined}>
      <Screen approval={approval} displayName={displayName} {...(onScanAgain && { onScanAgain })} />
    </Stage>
  );
}

interface ScreenProps extends Pick<ApprovalProps, "displayName" | "onScanAgain"> {
  approval: ApprovalHandle;
}

function Screen({ approval, displayName, onScanAgain }: ScreenProps) {
  const { state } = approval;
  const again = onScanAgain ? { onScanAgain } : {};
  switch (state.screen) {
    case "opening":
      return <OpeningScreen isStuck={state.attempt > 0} cause={state.cause} onRetry={approval.reopen} />;
    case "password":
      return <StepUpStep onDone={approval.reopen} />;
    case "asking":
      return <AskingScreen state={state} approval={approval} displayName={displayName} />;
    case "finishing":
      return <FinishingScreen request={state.request} />;
    case "signed_in":
      return <SignedInScreen request={state.request} undo={state.undo} onUndo={approval.undo} />;
    case "undone":
      return <UndoneScreen request={state.request} />;
    case "declined":
      return <DeclinedScreen />;
    case "over":
      return <OverScreen why={state.why} {...again} />;
    case "wait":
      return <WaitScreen seconds={state.seconds} />;
  }
}

interface OpeningScreenProps {
  isStuck: boolean;
  cause: NoAnswer["cause"];
  onRetry: () => void;
}

function OpeningScreen({ isStuck, cause, onRetry }: OpeningScreenProps) {
  const t = useTranslations();
  const isOnline = useOnline();
  const isTroubled = isOnline && isStuck;
  const title = t(isTroubled ? "connection.notYet" : "approval.opening");
  useTitle(title);
  useSaying(isOnline ? (isTroubled ? t(noAnswerKey(cause, isOnline)) : null) : t("approval.offline"));
  return (
    <>
      <PageTitle title={title}>{isTroubled ? null : t("approval.openingHint")}</PageTitle>
      {isTroubled && <Button onClick={onRetry}>{t("connection.retry")}</Button>}
    </>
  );
}
