"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { FocusedTitle } from "../../components/focused-title";
import { PageTitle } from "../../components/page-title";
import { RouteLink } from "../route-link";
import { StepUpProvider } from "../step-up/step-up-dialog";
import { useStepUp } from "../step-up/use-step-up";
import { type ChangeOutcome, changePassword, setFirstPassword } from "./change-password";
import { PasswordForm, type TypedPasswords } from "./password-form";
import { useHasPassword } from "./use-has-password";

/** Changing the password, or setting the first one; and what came of it. */
export function PasswordCard({ minLength }: { minLength: number }) {
  return (
    <StepUpProvider>
      <Content minLength={minLength} />
    </StepUpProvider>
  );
}

function Content({ minLength }: { minLength: number }) {
  const t = useTranslations("password");
  const isFirst = !useHasPassword();
  const askForPasskey = useStepUp();
  const [isBusy, setIsBusy] = useState(false);
  const [outcome, setOutcome] = useState<ChangeOutcome | null>(null);
  if (outcome?.status === "changed") return <Done isFirst={isFirst} />;

  async function submit(typed: TypedPasswords) {
    setIsBusy(true);
    setOutcome(null);
    const changed = await change(typed);
    setIsBusy(false);
    if (changed.status !== "step_up_required") setOutcome(changed);
    else askForPasskey(changed.error, () => void submit(typed));
  }

  function change({ oldPassword, newPassword }: TypedPasswords) {
    return isFirst ? setFirstPassword(newPassword) : changePassword(oldPassword, newPassword);
  }

  return (
    <>
      <PageTitle title={t(isFirst ? "firstTitle" : "title")}>{t(isFirst ? "firstLead" : "lead")}</PageTitle>
      <PasswordForm
        minLength={minLength}
        isFirst={isFirst}
        isBusy={isBusy}
        outcome={outcome}
        onSubmit={submit}
      />
    </>
  );
}

function Done({ isFirst }: { isFirst: boolean }) {
  const t = useTranslations("password");
  return (
    <FocusedTitle title={t(isFirst ? "firstDoneTitle" : "doneTitle")} text={t("done")}>
      <RouteLink look="primary" width="full" href="/">
        {t("back")}
      </RouteLink>
    </FocusedTitle>
  );
}
