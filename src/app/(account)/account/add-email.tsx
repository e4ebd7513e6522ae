"use client";

import { useLocale, useTranslations } from "next-intl";
import { type FormEvent, useEffect, useRef } from "react";
import { trpc } from "../../../client/react/trpc";
import { BusyButton, Button } from "../../components/button";
import formStyles from "../../components/form.module.css";
import { TextField } from "../../components/text-field";
import type { Words } from "../../components/words";
import { refusalOf } from "../../lib/refusal-of";
import { MailCodeField } from "../../recover/mail-code-field";
import type { Report } from "../home/report";
import { useSecurityChange } from "./use-security-change";

interface AddEmailProps {
  /** The one whose code is to be entered; null: it is yet to be typed. */
  address: string | null;
  onReport: (report: Report) => void;
  onAsked: (address: string) => void;
  onClose: (words?: Words) => void;
}

/** Adds an address: where the code is sent, and then the code. */
export function AddEmail(props: AddEmailProps) {
  const { address } = props;
  return address === null ? <AddressForm {...props} /> : <EmailCodeForm {...props} address={address} />;
}

function AddressForm({ onReport, onAsked, onClose }: AddEmailProps) {
  const t = useTranslations("emails");
  const locale = useLocale();
  const { refresh, onError } = useSecurityChange(onReport);
  const ask = trpc.emails.add.useMutation({
    onSuccess: async (_, { email }) => {
      await refresh();
      onAsked(email);
    },
    onError: (error, input) => {
      if (faultKeyOf(error) === null) onError(() => ask.mutate(input))(error);
    },
  });
  const faultKey = ask.isError ? faultKeyOf(ask.error) : null;
  const form = useFocusedForm(faultKey);
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const email = String(new FormData(event.currentTarget).get("email") ?? "").trim();
    if (email === "") form.current?.querySelector("input")?.focus();
    else if (!ask.isPending) ask.mutate({ email, locale });
  }
  return (
    <form ref={form} className={formStyles.form} method="post" noValidate onSubmit={submit}>
      <TextField
        id="email"
        name="email"
        type="email"
        label={t("address")}
        hint={t("hint")}
        autoComplete="email"
        maxLength={320}
        required
        error={faultKey && t(faultKey)}
      />
      <div className={formStyles.actions}>
        <BusyButton type="submit" look="primary" busy={ask.isPending} busyLabel={t("sending")}>
          {t("send")}
        </BusyButton>
        <Button onClick={() => onClose()}>{t("cancel")}</Button>
      </div>
    </form>
  );
}

function EmailCodeForm({ address, onReport, onClose }: AddEmailProps & { address: string }) {
  const t = useTranslations("emails");
  const { refresh, onError } = useSecurityChange(onReport);
  const verify = trpc.emails.verify.useMutation({
    onSuccess: async () => {
      await refresh();
      onClose((said) => said("emails.added", { address }));
    },
    onError: (error, input) => {
      if (!isWrongCode(error)) onError(() => verify.mutate(input))(error);
    },
  });
  const isWrong = verify.isError && isWrongCode(verify.error);
  const form = useFocusedForm(isWrong ? "wrong" : null);
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get("code") ?? "").trim();
    if (code === "") form.current?.querySelector("input")?.focus();
    else if (!verify.isPending) verify.mutate({ email: address, code });
  }
  return (
    <form ref={form} className={formStyles.form} method="post" noValidate onSubmit={submit}>
      <p role="status">{t("sent", { address })}</p>
      <MailCodeField id="email-code" error={isWrong ? t("wrong") : null} />
      <div className={formStyles.actions}>
        <BusyButton type="submit" look="primary" busy={verify.isPending} busyLabel={t("confirming")}>
          {t("confirm")}
        </BusyButton>
        <Button onClick={() => onClose()}>{t("later")}</Button>
      </div>
    </form>
  );
}

/** The field is where one goes on: at the beginning, and after each refusal. */
function useFocusedForm(fault: string | null) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (fault !== undefined) form.current?.querySelector("input")?.focus();
  }, [fault]);
  return form;
}

function faultKeyOf(error: unknown): "refused" | "tooMany" | null {
  const { reason } = refusalOf(error);
  if (reason === "invalid_request") return "refused";
  return reason === "too_many_attempts" ? "tooMany" : null;
}

function isWrongCode(error: unknown): boolean {
  return refusalOf(error).reason === "invalid_code";
}
