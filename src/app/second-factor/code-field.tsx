"use client";

import { useTranslations } from "next-intl";
import { TextField } from "../components/text-field";

interface CodeFieldProps {
  id: string;
  kind: "totp" | "recovery_code";
  explainedBy?: string;
  error?: string | null;
}

/** One field for a whole code: it can be pasted, and the system can fill it in. */
export function CodeField({ id, kind, explainedBy, error = null }: CodeFieldProps) {
  const t = useTranslations("secondFactor");
  const isOfApp = kind === "totp";
  return (
    <TextField
      key={kind}
      id={id}
      name="code"
      label={t(isOfApp ? "appCode" : "recoveryCode")}
      autoComplete={isOfApp ? "one-time-code" : "off"}
      inputMode={isOfApp ? "numeric" : "text"}
      autoCapitalize={isOfApp ? "none" : "characters"}
      autoCorrect="off"
      spellCheck={false}
      maxLength={64}
      required
      error={error}
      {...(explainedBy === undefined ? {} : { explainedBy })}
    />
  );
}
