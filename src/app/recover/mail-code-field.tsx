"use client";

import { useTranslations } from "next-intl";
import { TextField } from "../components/text-field";

/** One field for the eight digits of a mail: they can be pasted, with the space between them. */
export function MailCodeField({ id, error }: { id: string; error: string | null }) {
  const t = useTranslations("fields");
  return (
    <TextField
      id={id}
      name="code"
      label={t("mailCode")}
      autoComplete="one-time-code"
      inputMode="numeric"
      autoCorrect="off"
      spellCheck={false}
      maxLength={64}
      required
      error={error}
    />
  );
}
