"use client";

import { useTranslations } from "next-intl";
import { type KeyboardEvent, useState } from "react";
import styles from "./field.module.css";
import { TextField, type TextFieldProps } from "./text-field";

interface PasswordFieldProps extends Omit<TextFieldProps, "type" | "action"> {
  autoComplete: "current-password" | "new-password";
}

/** A password with a Show button in words. Pasting is allowed; Caps Lock is mentioned. */
export function PasswordField({ hint, ...field }: PasswordFieldProps) {
  const t = useTranslations("fields");
  const [isShown, setIsShown] = useState(false);
  const [hasCapsLock, setHasCapsLock] = useState(false);
  const watchCapsLock = (event: KeyboardEvent) =>
    setHasCapsLock(event.getModifierState?.("CapsLock") ?? false);
  return (
    <TextField
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      {...field}
      hint={hasCapsLock ? t("capsLock") : hint}
      type={isShown ? "text" : "password"}
      onKeyDown={watchCapsLock}
      onKeyUp={watchCapsLock}
      action={
        <button
          type="button"
          className={styles.action}
          aria-controls={field.id}
          aria-label={t(isShown ? "hidePassword" : "showPassword")}
          onClick={() => setIsShown(!isShown)}
        >
          {t(isShown ? "hide" : "show")}
        </button>
      }
    />
  );
}
