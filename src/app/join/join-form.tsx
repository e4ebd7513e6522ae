"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useEffect, useRef, useState } from "react";
import type { SignUpOutcome } from "../../client/session/sign-up";
import { BusyButton } from "../components/button";
import { focusFirstBadField } from "../components/focus-field";
import formStyles from "../components/form.module.css";
import { NewPasswordField } from "../components/new-password-field";
import { passwordLength } from "../components/password-length";
import { StatusLine } from "../components/status-line";
import { TextField } from "../components/text-field";
import { useHydrated } from "../components/use-hydrated";
import { useWeakPasswordText } from "../components/weak-password";
import { noAnswerKey } from "../lib/no-answer";

export interface Newcomer {
  readonly username: string;
  readonly displayName: string;
  readonly password: string;
}

interface JoinFormProps {
  minLength: number;
  isBusy: boolean;
  outcome: SignUpOutcome | null;
  onSubmit: (newcomer: Newcomer) => void;
}

type Errors = Partial<Record<"username" | "displayName" | "password", string>>;

/** Name, display name and password of somebody who was invited. What was typed stays, whatever is refused. */
export function JoinForm({ minLength, isBusy, outcome, onSubmit }: JoinFormProps) {
  const t = useTranslations();
  const isHydrated = useHydrated();
  const form = useRef<HTMLFormElement>(null);
  const [missing, setMissing] = useState<Errors>({});
  const { errors, message } = useRefusal(outcome, minLength);
  const shown = isBusy ? {} : { ...errors, ...missing };
  const firstBad = (["username", "displayName", "password"] as const).find((field) => shown[field]);
  useEffect(() => {
    if (firstBad && form.current) focusFirstBadField(form.current);
  }, [firstBad]);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const text = (name: string) => String(data.get(name) ?? "");
    const username = text("username").trim();
    const password = text("password");
    const found: Errors = {
      ...(username === "" && { username: t("setup.usernameMissing") }),
      ...(passwordLength(password) < minLength && { password: t("fields.tooShort", { min: minLength }) }),
    };
    setMissing(found);
    if (Object.keys(found).length > 0) return;
    onSubmit({ username, displayName: text("displayName").trim(), password });
  }

  return (
    <form
      ref={form}
      className={formStyles.form}
      method="post"
      noValidate
      onSubmit={submit}
      onInput={() => setMissing({})}
    >
      <TextField
        id="username"
        name="username"
        label={t("setup.username")}
        hint={t("join.usernameHint")}
        autoComplete="username"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        required
        error={shown.username ?? null}
      />
      <TextField
        id="displayName"
        name="displayName"
        label={t("setup.displayName")}
        autoComplete="name"
        hint={t("setup.displayNameHint")}
        error={shown.displayName ?? null}
      />
      <NewPasswordField
        id="password"
        name="password"
        label={t("fields.password")}
        minLength={minLength}
        error={shown.password ?? null}
      />
      <div className={formStyles.end}>
        <StatusLine tone={isBusy ? "calm" : "error"}>{isBusy ? t("join.joining") : message}</StatusLine>
        <BusyButton
          type="submit"
          look="primary"
          width="full"
          disabled={!isHydrated}
          busy={isBusy}
          busyLabel={t("join.joining")}
        >
          {t("join.submit")}
        </BusyButton>
      </div>
    </form>
  );
}

function useRefusal(
  outcome: SignUpOutcome | null,
  minLength: number,
): { errors: Errors; message: string | null } {
  const t = useTranslations();
  const weakText = useWeakPasswordText(minLength);
  const field = (errors: Errors) => ({ errors, message: null });
  const says = (message: string | null) => ({ errors: {}, message });
  switch (outcome?.status) {
    case undefined:
      return says(null);
    case "username_taken":
      return field({ username: t("setup.usernameTaken") });
    case "weak_password":
      return field({ password: weakText(outcome.rule) });
    case "invalid_field":
      if (outcome.field === "username") return field({ username: t("setup.usernameInvalid") });
      if (outcome.field === "display_name") return field({ displayName: t("setup.displayNameInvalid") });
      return says(t("connection.unexpected"));
    case "captcha_required":
    case "captcha_failed":
    case "ticket_expired":
      return says(t("join.checkFailed"));
    case "too_many_attempts":
      return says(t("connection.wait", { n: Math.ceil((outcome.retryAfterInSeconds ?? 60) / 60) }));
    case "unavailable":
      return says(t(noAnswerKey(outcome.cause, navigator.onLine)));
    default:
      return says(t("connection.unexpected"));
  }
}
