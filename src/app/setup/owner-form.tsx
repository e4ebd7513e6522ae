"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { BusyButton } from "../components/button";
import { focusFirstBadField } from "../components/focus-field";
import formStyles from "../components/form.module.css";
import { NewPasswordField } from "../components/new-password-field";
import { passwordLength } from "../components/password-length";
import { StatusLine } from "../components/status-line";
import { TextField } from "../components/text-field";
import { useHydrated } from "../components/use-hydrated";
import { useWeakPasswordText } from "../components/weak-password";
import type { NewOwner } from "./setup-service";
import type { SetupView } from "./use-setup";

interface OwnerFormProps {
  minLength: number;
  view: SetupView;
  onSubmit: (owner: Omit<NewOwner, "secret">) => void;
}

/** What was found before anything was sent. */
type Missing = Partial<Record<"username" | "password", true>>;
type Errors = Partial<Record<"username" | "displayName" | "password", string>>;

/** The first account: name, display name, password. */
export function OwnerForm({ minLength, view, onSubmit }: OwnerFormProps) {
  const t = useTranslations();
  const isHydrated = useHydrated();
  const form = useRef<HTMLFormElement>(null);
  const [missing, setMissing] = useState<Missing>({});
  const { errors, message } = useRefusal(view, minLength);
  const shown = view.status === "form" ? { ...errors, ...missingWords(missing) } : {};
  const firstBad = (["username", "displayName", "password"] as const).find((field) => shown[field]);
  useEffect(() => {
    if (firstBad && form.current) focusFirstBadField(form.current);
  }, [firstBad]);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const text = (name: string) => String(data.get(name) ?? "");
    const owner = {
      username: text("username").trim(),
      displayName: text("displayName").trim(),
      password: text("password"),
    };
    const found: Missing = {
      ...(owner.username === "" && { username: true }),
      ...(passwordLength(owner.password) < minLength && { password: true }),
    };
    setMissing(found);
    if (Object.keys(found).length === 0) onSubmit(owner);
    else requestAnimationFrame(() => form.current && focusFirstBadField(form.current));
  }

  function missingWords({ username, password }: Missing): Errors {
    return {
      ...(username && { username: t("setup.usernameMissing") }),
      ...(password && { password: t("fields.tooShort", { min: minLength }) }),
    };
  }

  const busyLabel = view.status === "signing_in" ? t("setup.created") : t("setup.creating");
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
        <StatusLine tone={view.status === "form" ? "error" : "calm"}>{message}</StatusLine>
        <BusyButton
          type="submit"
          look="primary"
          width="full"
          disabled={!isHydrated}
          busy={view.status !== "form"}
          busyLabel={busyLabel}
        >
          {t("setup.submit")}
        </BusyButton>
      </div>
    </form>
  );
}

function useRefusal(view: SetupView, minLength: number): { errors: Errors; message: string | null } {
  const t = useTranslations();
  const weakText = useWeakPasswordText(minLength);
  if (view.status !== "form" || view.refusal === null) return { errors: {}, message: null };
  const { refusal } = view;
  switch (refusal.status) {
    case "weak_password":
      return { errors: { password: weakText(refusal.rule) }, message: null };
    case "username_taken":
      return { errors: { username: t("setup.usernameTaken") }, message: null };
    case "invalid_field":
      if (refusal.field === "username")
        return { errors: { username: t("setup.usernameInvalid") }, message: null };
      if (refusal.field === "display_name")
        return { errors: { displayName: t("setup.displayNameInvalid") }, message: null };
      return { errors: {}, message: t("connection.unexpected") };
    case "wait":
      return { errors: {}, message: t("connection.wait", { n: Math.ceil(refusal.seconds / 60) }) };
    case "unavailable":
      return { errors: {}, message: t(navigator.onLine ? "connection.unavailable" : "connection.offline") };
  }
}
