"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { BusyButton } from "../../components/button";
import { focusFirstBadField } from "../../components/focus-field";
import formStyles from "../../components/form.module.css";
import { PageTitle } from "../../components/page-title";
import { PasswordField } from "../../components/password-field";
import { useTitle } from "../../components/use-title";
import { type StepUpOutcome, stepUp } from "../../lib/step-up";
import { OwnUsername } from "../password/own-username";
import { useSaying } from "./stage";

type StepOutcome = StepUpOutcome | { readonly status: "missing" };

/** A session that another device approved proves its user before it approves a further one. */
export function PasswordStep({ onDone }: { onDone: () => void }) {
  const t = useTranslations();
  const form = useRef<HTMLFormElement>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [outcome, setOutcome] = useState<StepOutcome | null>(null);
  useTitle(t("approval.passwordTitle"));
  useSaying(useOutcomeText(outcome), "error");
  useEffect(() => {
    if (form.current && outcome) focusFirstBadField(form.current);
  }, [outcome]);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget).get("password") ?? "");
    if (password === "") return setOutcome({ status: "missing" });
    setIsBusy(true);
    const stepped = await stepUp(password);
    setIsBusy(false);
    if (stepped.status === "done") onDone();
    else setOutcome(stepped);
  }

  const fault =
    outcome?.status === "missing"
      ? t("fields.passwordMissing")
      : outcome?.status === "wrong"
        ? t("approval.passwordWrong")
        : null;
  return (
    <>
      <PageTitle title={t("approval.passwordTitle")}>{t("approval.passwordHint")}</PageTitle>
      <form ref={form} className={formStyles.form} method="post" noValidate onSubmit={submit}>
        <OwnUsername />
        <PasswordField
          id="password"
          name="password"
          label={t("fields.password")}
          autoComplete="current-password"
          required
          error={fault}
        />
        <BusyButton
          type="submit"
          look="primary"
          width="full"
          busy={isBusy}
          busyLabel={t("approval.passwordChecking")}
        >
          {t("approval.passwordSubmit")}
        </BusyButton>
      </form>
    </>
  );
}

function useOutcomeText(outcome: StepOutcome | null): string | null {
  const t = useTranslations("connection");
  switch (outcome?.status) {
    case "wait":
      return t("wait", { n: Math.ceil(outcome.seconds / 60) });
    case "unavailable":
      return t(navigator.onLine ? "unavailable" : "offline");
    default:
      return null;
  }
}
