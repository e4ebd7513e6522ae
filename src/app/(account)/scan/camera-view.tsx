"use client";

import { useTranslations } from "next-intl";
import type { RefObject } from "react";
import { Button } from "../../components/button";
import { classes } from "../../components/classes";
import styles from "./camera-view.module.css";
import type { Scanner } from "./use-scanner";

interface CameraViewProps {
  video: RefObject<HTMLVideoElement | null>;
  scanner: Scanner;
}

/** The camera's picture in a frame, or in its place what keeps it from being there. */
export function CameraView({ video, scanner }: CameraViewProps) {
  const t = useTranslations("scan");
  const { state } = scanner;
  const isRunning = state.status === "running";
  return (
    <div className={styles.view} data-state={state.status}>
      <video
        id="camera"
        ref={video}
        className={classes(styles.video, !isRunning && styles.dark)}
        aria-label={t("camera")}
        muted
        playsInline
      />
      {state.status !== "failed" && (
        <svg aria-hidden="true" focusable="false" viewBox="0 0 100 100" className={styles.frame}>
          <path d="M18 32V18h14M68 18h14v14M82 68v14H68M32 82H18V68" />
        </svg>
      )}
      {state.status === "starting" && (
        <div className={styles.message}>
          <p>{t("starting")}</p>
          {state.isSlow && <Button onClick={scanner.retry}>{t("retry")}</Button>}
        </div>
      )}
      {state.status === "failed" && (
        <div className={styles.message}>
          <h2>{t(`problem.${state.why}.title`)}</h2>
          <p>{t(`problem.${state.why}.text`)}</p>
          {state.why !== "insecure" && (
            <Button onClick={scanner.retry}>{t(state.why === "paused" ? "play" : "retry")}</Button>
          )}
        </div>
      )}
      {isRunning && (
        <div className={styles.ways}>
          {scanner.turnCamera && <Button onClick={scanner.turnCamera}>{t("otherCamera")}</Button>}
          {scanner.torch !== "none" && (
            <Button aria-pressed={scanner.torch === "on"} onClick={scanner.toggleTorch}>
              {t("torch")}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
