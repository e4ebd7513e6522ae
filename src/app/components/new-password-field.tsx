"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import styles from "./new-password-field.module.css";
import { PasswordField } from "./password-field";
import { passwordLength } from "./password-length";

interface NewPasswordFieldProps {
  id: string;
  name: string;
  label: string;
  minLength: number;
  error: string | null;
}

/** A password to be. The only thing it measures is what the policy asks for: length. */
export function NewPasswordField({ minLength, ...field }: NewPasswordFieldProps) {
  const t = useTranslations("fields");
  const [length, setLength] = useState(0);
  const left = Math.max(0, minLength - length);
  const lengthText = () => {
    if (length === 0) return t("lengthWanted", { min: minLength });
    return left > 0 ? t("lengthLeft", { n: left }) : t("lengthReached");
  };
  return (
    <PasswordField
      {...field}
      autoComplete="new-password"
      required
      minLength={minLength}
      onInput={(event) => setLength(passwordLength(event.currentTarget.value))}
      hint={
        <>
          <progress
            className={styles.meter}
            aria-label={t("lengthMeter")}
            max={minLength}
            value={Math.min(length, minLength)}
          />
          <span>{lengthText()}</span>
        </>
      }
    />
  );
}
