"use client";

import { useTranslations } from "next-intl";
import { Button } from "../components/button";
import { Glyph } from "../components/glyph";
import { TextField } from "../components/text-field";
import styles from "./captcha-panel.module.css";
import type { SignInFlow } from "./sign-in-flow";
import type { CaptchaStep, Picture } from "./sign-in-view";

interface CaptchaPanelProps {
  flow: SignInFlow;
  step: CaptchaStep;
  statusId: string;
}

/** The visible check: a picture to read, or for those who cannot, the device's own work. */
export function CaptchaPanel({ flow, step, statusId }: CaptchaPanelProps) {
  const t = useTranslations("signIn.captcha");
  if (step.status === "none") return null;
  return (
    <fieldset className={styles.panel}>
      <legend className={styles.legend}>{t("legend")}</legend>
      {step.status === "picture" && <PictureStep flow={flow} picture={step.picture} statusId={statusId} />}
      {step.status === "working" && <WorkStep flow={flow} progress={step.progress} />}
      {step.status === "worked" && (
        <p className={styles.done}>
          <CheckSign />
          <span>{t("workDone")}</span>
        </p>
      )}
    </fieldset>
  );
}

function PictureStep({ flow, picture, statusId }: { flow: SignInFlow; picture: Picture; statusId: string }) {
  const t = useTranslations("signIn.captcha");
  return (
    <>
      {picture.status === "shown" ? (
        <picture>
          <img className={styles.picture} src={picture.address} alt={t("imageAlt")} width={240} height={80} />
        </picture>
      ) : (
        <div className={styles.plate}>{t(picture.status === "failed" ? "imageFailed" : "imageLoading")}</div>
      )}
      <TextField
        key={picture.round}
        id="characters"
        name="characters"
        label={t("label")}
        autoComplete="off"
        autoCapitalize="characters"
        autoCorrect="off"
        spellCheck={false}
        maxLength={64}
        explainedBy={statusId}
      />
      <div className={styles.ways}>
        <Button look="plain" onClick={() => flow.newPicture()}>
          {t("newImage")}
        </Button>
        <Button look="plain" onClick={() => flow.workInstead()}>
          {t("cannotSee")}
        </Button>
      </div>
    </>
  );
}

function WorkStep({ flow, progress }: { flow: SignInFlow; progress: number | null }) {
  const t = useTranslations("signIn.captcha");
  return (
    <>
      <p className={styles.text} id="work-text">
        {t("working")}
      </p>
      <progress
        className={styles.progress}
        aria-label={t("progress")}
        max={1}
        value={progress ?? undefined}
      />
      <Button id="work" aria-describedby="work-text" onClick={() => flow.cancelWork()}>
        {t("cancel")}
      </Button>
    </>
  );
}

function CheckSign() {
  return (
    <Glyph>
      <path
        d="m5 13 4 4L19 7"
        fill="none"
        stroke="currentColor"
        strokeWidth="2.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </Glyph>
  );
}
