"use client";

import { useTranslations } from "next-intl";
import { useCallback, useEffect, useRef, useState } from "react";
import type { QrScanInput } from "../../../contract/qr";
import { PageTitle } from "../../components/page-title";
import { StatusLine } from "../../components/status-line";
import { useOnline } from "../../components/use-online";
import { VisuallyHidden } from "../../components/visually-hidden";
import type { Words } from "../../components/words";
import { Approval } from "../approval/approval";
import type { ScanOutcome } from "../approval/approval-state";
import { RouteLink } from "../route-link";
import { CameraView } from "./camera-view";
import { CodeForm } from "./code-form";
import type { ScannerState } from "./run-scanner";
import styles from "./scan.module.css";
import { useScanner } from "./use-scanner";

interface Found {
  readonly target: QrScanInput;
  readonly outcome?: ScanOutcome;
}

/** From a code on another screen, scanned or typed, to the approval of its request. */
export function Scan({ displayName }: { displayName: string }) {
  const [found, setFound] = useState<Found | null>(null);
  const [isReturning, setIsReturning] = useState(false);
  const scanAgain = useCallback(() => {
    setFound(null);
    setIsReturning(true);
  }, []);
  if (!found) return <ScanScreen isReturning={isReturning} onFound={setFound} />;
  return (
    <Approval
      target={found.target}
      displayName={displayName}
      {...(found.outcome && { found: found.outcome })}
      onScanAgain={scanAgain}
    />
  );
}

const FOREIGN_SHOWN_FOR_IN_MS = 4_000;

interface ScanScreenProps {
  /** Whether it was just returned to, by a press of its user. */
  isReturning: boolean;
  onFound: (found: Found) => void;
}

function ScanScreen({ isReturning, onFound }: ScanScreenProps) {
  const t = useTranslations();
  const box = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const isOnline = useOnline();
  const [trouble, setTrouble] = useState<{ readonly words: Words } | null>(null);
  const [foreign, noteForeign] = useForeignCode();
  const scanner = useScanner(video, {
    onFound: (qrId) => onFound({ target: { qr_id: qrId } }),
    onForeign: noteForeign,
  });
  useEffect(() => {
    if (isReturning) box.current?.querySelector("h1")?.focus();
  }, [isReturning]);
  return (
    <div ref={box} className={styles.scan}>
      <PageTitle title={t("scan.title")}>{t("scan.lead")}</PageTitle>
      <CameraView video={video} scanner={scanner} />
      <StatusLine tone={trouble === null ? "calm" : "error"}>
        {isOnline
          ? (trouble?.words(t) ?? <ScannerWords state={scanner.state} hasSeenForeign={foreign} />)
          : t("scan.offline")}
      </StatusLine>
      <CodeForm
        label={t("scan.code")}
        hint={t("scan.codeHint")}
        onFound={(target, outcome) => onFound({ target, outcome })}
        onTrouble={(words) => setTrouble(words && { words })}
      />
      <RouteLink look="plain" width="full" href="/">
        {t("scan.back")}
      </RouteLink>
    </div>
  );
}

/** What has to be said of the camera. Why it does not run is shown in its place, and read out here. */
function ScannerWords({ state, hasSeenForeign }: { state: ScannerState; hasSeenForeign: boolean }) {
  const t = useTranslations("scan");
  if (hasSeenForeign) return <span>{t("notOurs")}</span>;
  switch (state.status) {
    case "failed":
      return <VisuallyHidden>{t(`problem.${state.why}.title`)}</VisuallyHidden>;
    case "starting":
      return state.isSlow && <span>{t("slow")}</span>;
    case "running":
      return state.isQuiet && <span>{t("quiet")}</span>;
  }
}

/** Whether a code of something else was seen a moment ago. */
function useForeignCode(): [boolean, () => void] {
  const [isSeen, setIsSeen] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const note = useCallback(() => {
    setIsSeen(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setIsSeen(false), FOREIGN_SHOWN_FOR_IN_MS);
  }, []);
  return [isSeen, note];
}
