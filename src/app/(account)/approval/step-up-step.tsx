"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { PageTitle } from "../../components/page-title";
import { useTitle } from "../../components/use-title";
import type { Said } from "../step-up/said";
import { StepUpProof } from "../step-up/step-up-proof";
import { useSaying } from "./stage";

/** A session that another device approved proves its user before it approves a further one. */
export function StepUpStep({ onDone }: { onDone: () => void }) {
  const t = useTranslations("approval");
  const [said, setSaid] = useState<Said | null>(null);
  useTitle(t("passwordTitle"));
  useSaying(said?.text ?? null, said?.tone);
  return (
    <>
      <PageTitle title={t("passwordTitle")}>{t("passwordHint")}</PageTitle>
      <StepUpProof fieldId="password" onDone={onDone} onSaid={setSaid} />
    </>
  );
}
