"use client";

import { useTranslations } from "next-intl";
import { type ReactElement, useEffect, useRef, useState } from "react";
import type { EnrolOutcome, SecondFactorRequired } from "../../../client/session/second-factor";
import { AppSecret } from "../../second-factor/app-secret";
import { CodeForm } from "./code-form";
import type { SecondStepCourse } from "./use-second-step";

interface EnrolFormProps {
  asked: SecondFactorRequired;
  course: SecondStepCourse;
  status: ReactElement;
  statusId: string;
}

/** For an account that needs a second factor and has none: an authenticator app is added, and its first code signs in. */
export function EnrolForm({ asked, course, status, statusId }: EnrolFormProps) {
  const t = useTranslations("secondFactor");
  const [begun, setBegun] = useState<Extract<EnrolOutcome, { status: "begun" }> | null>(null);
  const { tell } = course;
  const latest = useRef(tell);
  latest.current = tell;
  useEffect(() => {
    let isGone = false;
    void asked.enrol().then((outcome) => {
      if (isGone) return;
      if (outcome.status === "begun") setBegun(outcome);
      else latest.current(outcome);
    });
    return () => {
      isGone = true;
    };
  }, [asked]);
  if (!begun) return status;
  return (
    <>
      <p>{t("enrolHint")}</p>
      <AppSecret secret={begun.secret} otpauthUri={begun.otpauthUri} />
      <CodeForm kind="totp" course={course} status={status} statusId={statusId} />
    </>
  );
}
