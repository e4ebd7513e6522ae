"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { trpc } from "../../../../client/react/trpc";
import { BusyButton, Button } from "../../../components/button";
import formStyles from "../../../components/form.module.css";
import { refusalOf } from "../../../lib/refusal-of";
import { CodeField } from "../../../second-factor/code-field";
import type { Report } from "../../home/report";

interface TryCodeProps {
  onReport: (report: Report) => void;
  onClose: () => void;
}

/** A rehearsal: the recovery code is checked, and still signs in afterwards. */
export function TryCode({ onReport, onClose }: TryCodeProps) {
  const t = useTranslations("secondFactor.account");
  const [isWrong, setIsWrong] = useState(false);
  const attempt = trpc.security.tryCode.useMutation({
    onSuccess: () => {
      onReport({ tone: "calm", words: (said) => said("secondFactor.account.tryRight") });
      onClose();
    },
    onError: (error) => {
      const isAboutTheCode = refusalOf(error).reason === "invalid_code";
      setIsWrong(isAboutTheCode);
      if (!isAboutTheCode) onReport({ tone: "error", words: (said) => said("home.actionFailed") });
    },
  });
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get("code") ?? "").trim();
    if (code !== "" && !attempt.isPending) attempt.mutate({ kind: "recovery_code", code });
  }
  return (
    <form className={formStyles.form} method="post" noValidate aria-label={t("try")} onSubmit={submit}>
      <p>{t("tryHint")}</p>
      <CodeField id="tried-code" kind="recovery_code" error={isWrong ? t("tryWrong") : null} />
      <div className={formStyles.actions}>
        <BusyButton type="submit" look="primary" busy={attempt.isPending} busyLabel={t("confirming")}>
          {t("tryNow")}
        </BusyButton>
        <Button onClick={onClose}>{t("cancel")}</Button>
      </div>
    </form>
  );
}
