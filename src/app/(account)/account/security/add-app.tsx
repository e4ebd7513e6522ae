"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useEffect, useRef } from "react";
import { trpc } from "../../../../client/react/trpc";
import { BusyButton, Button } from "../../../components/button";
import formStyles from "../../../components/form.module.css";
import { refusalOf } from "../../../lib/refusal-of";
import { AppSecret } from "../../../second-factor/app-secret";
import { CodeField } from "../../../second-factor/code-field";
import type { Report } from "../../home/report";
import { useSecurityChange } from "../use-security-change";

interface AddAppProps {
  onReport: (report: Report) => void;
  /** @param codes new recovery codes, to be shown now */
  onDone: (codes?: readonly string[]) => void;
}

/** Adds an authenticator app: its secret, and then its first code. */
export function AddApp({ onReport, onDone }: AddAppProps) {
  const t = useTranslations("secondFactor");
  const { refresh, onError } = useSecurityChange(onReport);
  const begin = trpc.security.addTotp.useMutation({
    onError: onError(() => begin.mutate(), onDone),
  });
  const confirm = trpc.security.confirmTotp.useMutation({
    onSuccess: async ({ recovery_codes: codes }) => {
      await refresh();
      onReport({ tone: "calm", words: (said) => said("secondFactor.account.added") });
      onDone(codes);
    },
    onError: (error, input) => {
      if (refusalOf(error).reason !== "invalid_code") onError(() => confirm.mutate(input))(error);
    },
  });
  const start = useRef(begin.mutate);
  useEffect(() => start.current(), []);
  const form = useRef<HTMLFormElement>(null);
  const isWrong = confirm.isError && refusalOf(confirm.error).reason === "invalid_code";
  useEffect(() => {
    if (begin.data || isWrong) form.current?.querySelector("input")?.focus();
  }, [begin.data, isWrong]);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get("code") ?? "").trim();
    if (code === "") form.current?.querySelector("input")?.focus();
    else if (!confirm.isPending) confirm.mutate({ code });
  }
  return (
    <form ref={form} className={formStyles.form} method="post" noValidate onSubmit={submit}>
      {begin.data && (
        <>
          <p>{t("account.addHint")}</p>
          <AppSecret secret={begin.data.secret} otpauthUri={begin.data.otpauth_uri} />
          <CodeField id="app-code" kind="totp" error={isWrong ? t("wrong") : null} />
        </>
      )}
      <div className={formStyles.actions}>
        {begin.data && (
          <BusyButton
            type="submit"
            look="primary"
            busy={confirm.isPending}
            busyLabel={t("account.confirming")}
          >
            {t("account.confirm")}
          </BusyButton>
        )}
        <Button onClick={() => onDone()}>{t("account.cancel")}</Button>
      </div>
    </form>
  );
}
