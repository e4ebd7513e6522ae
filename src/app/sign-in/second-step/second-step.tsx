"use client";

import { useTranslations } from "next-intl";
import { useEffect, useRef } from "react";
import type { DeletionPending } from "../../../client/session/deletion";
import type { SecondFactorRequired } from "../../../client/session/second-factor";
import { BusyButton, Button } from "../../components/button";
import { RecoveryCodes } from "../../second-factor/recovery-codes";
import { SignInStatus } from "../status-text";
import { CodeForm } from "./code-form";
import { EnrolForm } from "./enrol-form";
import styles from "./second-step.module.css";
import { type SecondStepCourse, useSecondStep } from "./use-second-step";

const STATUS_ID = "second-step-status";

interface SecondStepProps {
  asked: SecondFactorRequired;
  onSignedIn: () => void;
  /** It is right, and the account is going to be deleted. */
  onPending: (pending: DeletionPending) => void;
  /** It has to begin again with the password; `isWanted` when the person says so. */
  onOver: (isWanted: boolean) => void;
}

/** After a right password: a code, a passkey, or first of all an authenticator app. The password is never asked again. */
export function SecondStep({ asked, onSignedIn, onPending, onOver }: SecondStepProps) {
  const t = useTranslations("secondFactor");
  const course = useSecondStep(asked, { onSignedIn, onPending, onOver: () => onOver(false) });
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (asked.kinds[0] === "passkey") title.current?.focus();
  }, [asked]);
  if (course.codes) {
    return (
      <div data-second-step>
        <RecoveryCodes codes={course.codes} onKept={onSignedIn} />
      </div>
    );
  }
  return (
    <section className={styles.step} aria-labelledby="second-step-title" data-second-step>
      <h2 id="second-step-title" ref={title} tabIndex={-1}>
        {t(course.kind === "enrol" ? "enrolTitle" : "stepTitle")}
      </h2>
      <Way course={course} asked={asked} />
      <OtherWays course={course} asked={asked} onOver={onOver} />
    </section>
  );
}

function Way({ course, asked }: { course: SecondStepCourse; asked: SecondFactorRequired }) {
  const t = useTranslations("signIn.passkey");
  const status = <SignInStatus id={STATUS_ID} view={course} />;
  const { kind } = course;
  if (kind === "enrol")
    return <EnrolForm asked={asked} course={course} status={status} statusId={STATUS_ID} />;
  if (kind === "passkey") {
    return (
      <>
        {status}
        <BusyButton
          id="second-passkey"
          look="primary"
          width="full"
          busy={course.phase !== "ready"}
          busyLabel={t("asking")}
          onClick={course.askForPasskey}
        >
          {t("use")}
        </BusyButton>
      </>
    );
  }
  return <CodeForm kind={kind} course={course} status={status} statusId={STATUS_ID} />;
}

function OtherWays({
  course,
  asked,
  onOver,
}: { course: SecondStepCourse } & Pick<SecondStepProps, "asked" | "onOver">) {
  const t = useTranslations("secondFactor");
  return (
    <div className={styles.ways}>
      {asked.kinds
        .filter((kind) => kind !== course.kind)
        .map((kind) => (
          <Button key={kind} look="plain" id={`use-${kind}`} onClick={() => course.choose(kind)}>
            {t(`use.${kind}`)}
          </Button>
        ))}
      <Button look="plain" onClick={() => onOver(true)}>
        {t("startAgain")}
      </Button>
    </div>
  );
}
