"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { focusFirstBadField } from "../../components/focus-field";
import formStyles from "../../components/form.module.css";
import { NewPasswordField } from "../../components/new-password-field";
import { useNoAnswerText } from "../../components/no-answer-text";
import { PasswordField } from "../../components/password-field";
import { passwordLength } from "../../components/password-length";
import { SubmitRow } from "../../components/submit-row";
import { useWeakPasswordText } from "../../components/weak-password";
import type { Translator, Words } from "../../components/words";
import { RouteLink } from "../route-link";
import type { ChangeOutcome } from "./change-password";
import { OwnUsername } from "./own-username";

export interface TypedPasswords {
  readonly oldPassword: string;
  readonly newPassword: string;
}

interface PasswordFormProps {
  minLength: number;
  /** Whether there is no old one. */
  isFirst: boolean;
  isBusy: boolean;
  outcome: ChangeOutcome | null;
  onSubmit: (passwords: TypedPasswords) => void;
}

interface Faults {
  readonly old?: string;
  readonly new?: string;
  readonly message?: string;
}

/** What was found before anything was sent. */
interface TypedFaults {
  readonly old?: Words;
  readonly new?: Words;
}

/** The old password, where there is one, and the new one. */
export function PasswordForm({ minLength, isFirst, isBusy, outcome, onSubmit }: PasswordFormProps) {
  const t = useTranslations();
  const form = useRef<HTMLFormElement>(null);
  const outcomeFaults = useOutcomeFaults(minLength);
  const [typedFaults, setTypedFaults] = useState<TypedFaults | null>(null);
  const faults = typedFaults ? inWords(typedFaults, t) : outcomeFaults(outcome);
  useEffect(() => {
    if (form.current && (typedFaults ?? outcome)) focusFirstBadField(form.current);
  }, [typedFaults, outcome]);

  /** There was no password a moment ago, and somebody has set one since. */
  function messageOf({ message, old }: Faults): string | null {
    if (message !== undefined) return message;
    return isFirst && old !== undefined ? t("connection.unexpected") : null;
  }

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const oldPassword = String(data.get("oldPassword") ?? "");
    const newPassword = String(data.get("newPassword") ?? "");
    const found: TypedFaults = {
      ...(!isFirst && oldPassword === "" && { old: (said) => said("password.oldMissing") }),
      ...newPasswordFault(),
    };
    const isFine = Object.keys(found).length === 0;
    setTypedFaults(isFine ? null : found);
    if (isFine) onSubmit({ oldPassword, newPassword });

    function newPasswordFault(): TypedFaults {
      if (newPassword === "") return { new: (said) => said("password.newMissing") };
      if (passwordLength(newPassword) < minLength) {
        return { new: (said) => said("fields.tooShort", { min: minLength }) };
      }
      return newPassword === oldPassword ? { new: (said) => said("password.same") } : {};
    }
  }

  return (
    <form ref={form} className={formStyles.form} method="post" noValidate onSubmit={submit}>
      <OwnUsername />
      {!isFirst && (
        <PasswordField
          id="oldPassword"
          name="oldPassword"
          label={t("password.old")}
          autoComplete="current-password"
          required
          error={faults.old ?? null}
        />
      )}
      <NewPasswordField
        id="newPassword"
        name="newPassword"
        label={t("password.new")}
        minLength={minLength}
        error={faults.new ?? null}
      />
      <SubmitRow
        message={isBusy ? null : messageOf(faults)}
        label={t(isFirst ? "password.firstSubmit" : "password.submit")}
        isBusy={isBusy}
        busyLabel={t(isFirst ? "password.setting" : "password.changing")}
      >
        <RouteLink look="plain" width="full" href="/">
          {t("password.back")}
        </RouteLink>
      </SubmitRow>
    </form>
  );
}

function inWords(faults: TypedFaults, t: Translator): Faults {
  return { ...(faults.old && { old: faults.old(t) }), ...(faults.new && { new: faults.new(t) }) };
}

function useOutcomeFaults(minLength: number): (outcome: ChangeOutcome | null) => Faults {
  const t = useTranslations();
  const weakText = useWeakPasswordText(minLength);
  const noAnswerText = useNoAnswerText();
  return (outcome) => {
    switch (outcome?.status) {
      case undefined:
      case "changed":
        return {};
      case "wrong_old":
        return { old: t("password.wrongOld") };
      case "weak_password":
        return { new: weakText(outcome.rule) };
      case "wait":
      case "unavailable":
        return { message: noAnswerText(outcome) };
    }
  };
}
