"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { PageTitle } from "../../components/page-title";
import { useTitle } from "../../components/use-title";
import { StepUpForm } from "../step-up/step-up-form";
import { useSaying } from "./stage";

/** A session that another device approved proves its user before it approves a further one. */
export function PasswordStep({ onDone }: { onDone: () => void }) {
  const t = useTranslations("approval");
  const [fault, setFault] = useState<string | null>(null);
  useTitle(t("passwordTitle"));
  useSaying(fault, "error");
  return (
    <>
      <PageTitle title={t("passwordTitle")}>{t("passwordHint")}</PageTitle>
      <StepUpForm fieldId="password" onDone={onDone} onFault={setFault} />
    </>
  );
}
