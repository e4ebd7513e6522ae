"use client";

import { useTranslations } from "next-intl";
import { useCallback, useEffect, useRef, useState } from "react";
import type { QrScanInput } from "../../../contract/qr";
import { PageTitle } from "../../components/page-title";
import { StatusLine } from "../../components/status-line";
import { useOnline } from "../../components/use-online";
import { Approval } from "../approval/approval";
import type { ScanOutcome } from "../approval/approval-state";
import { RouteLink } from "../route-link";
import { CameraView } from "./camera-view";
import { CodeForm } from "./code-form";
import styles from "./scan.module.css";
import { useScanner } from "./use-scanner";

interface Found {
  readonly target: QrScanInput;
  readonly outcome?: ScanOutcome;
}

/** From a code on another screen, scanned or typed, to the approval of what it stands for. */
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
  const t = useTranslations("scan");
  const box = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const isOnline = useOnline();
  const [trouble, setTrouble] = useState<string | null>(null);
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
      <PageTitle title={t("title")}>{t("lead")}</PageTitle>
      <CameraView video={video} scanner={scanner} />
      <StatusLine tone={trouble === null ? "calm" : "error"}>
        {isOnline ? (trouble ?? (foreign ? t("notOurs") : null)) : t("offline")}
      </StatusLine>
      <CodeForm
        label={t("code")}
        hint={t("codeHint")}
        onFound={(target, outcome) => onFound({ target, outcome })}
        onTrouble={setTrouble}
      />
      <RouteLink look="plain" width="full" href="/">
        {t("back")}
      </RouteLink>
    </div>
  );
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
