"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { FocusedTitle } from "../../components/focused-title";
import { PageTitle } from "../../components/page-title";
import { RouteLink } from "../route-link";
import { type ChangeOutcome, changePassword } from "./change-password";
import { PasswordForm, type TypedPasswords } from "./password-form";

/** Changing the password, and what came of it. */
export function PasswordCard({ minLength }: { minLength: number }) {
  const t = useTranslations("password");
  const [isBusy, setIsBusy] = useState(false);
  const [outcome, setOutcome] = useState<ChangeOutcome | null>(null);
  if (outcome?.status === "changed") return <Done />;

  async function submit({ oldPassword, newPassword }: TypedPasswords) {
    setIsBusy(true);
    setOutcome(null);
    setOutcome(await changePassword(oldPassword, newPassword));
    setIsBusy(false);
  }

  return (
    <>
      <PageTitle title={t("title")}>{t("lead")}</PageTitle>
      <PasswordForm minLength={minLength} isBusy={isBusy} outcome={outcome} onSubmit={submit} />
    </>
  );
}

function Done() {
  const t = useTranslations("password");
  return (
    <FocusedTitle title={t("doneTitle")} text={t("done")}>
      <RouteLink look="primary" width="full" href="/">
        {t("back")}
      </RouteLink>
    </FocusedTitle>
  );
}
