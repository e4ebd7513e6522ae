"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { BusyButton, ButtonLink } from "../components/button";
import { PageTitle } from "../components/page-title";
import { StatusLine } from "../components/status-line";
import { leave } from "../lib/leaving";
import styles from "./sign-out.module.css";

export function SignOut() {
  const t = useTranslations();
  const [step, setStep] = useState<"asking" | "leaving" | "failed">("asking");

  async function signOut() {
    setStep("leaving");
    await leave();
    setStep("failed");
  }

  return (
    <div className={styles.question}>
      <PageTitle title={t("signOut.title")}>{t("signOut.text")}</PageTitle>
      <StatusLine tone="error">{step === "failed" && t("home.signOutFailed")}</StatusLine>
      <BusyButton
        look="primary"
        width="full"
        busy={step === "leaving"}
        busyLabel={t("home.signingOut")}
        onClick={signOut}
      >
        {t("home.signOut")}
      </BusyButton>
      <ButtonLink look="secondary" width="full" href="/">
        {t("signOut.stay")}
      </ButtonLink>
    </div>
  );
}
