"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useEffect, useRef, useState } from "react";
import type { Elements } from "../components/elements";
import { focusFirstBadField } from "../components/focus-field";
import formStyles from "../components/form.module.css";
import { NewPasswordField } from "../components/new-password-field";
import { passwordLength } from "../components/password-length";
import { SubmitRow } from "../components/submit-row";
import { TextField } from "../components/text-field";
import type { FieldErrors } from "./use-account-refusal";

export interface NewAccount {
  readonly username: string;
  readonly displayName: string;
  /** Empty where none is asked for. */
  readonly password: string;
}

interface NewAccountFormProps {
  /** What is asked for before the name. */
  first?: Elements;
  minLength: number;
  usernameHint?: string;
  /** Stands in the place of the password, where none is asked for. */
  withoutPassword?: string | undefined;
  /** Of what was sent last. */
  errors: FieldErrors;
  message: string | null;
  tone: "calm" | "error";
  label: string;
  isBusy: boolean;
  busyLabel: string;
  /** Other ways on, below the button. */
  children?: Elements;
  onSubmit: (account: NewAccount, form: FormData) => void;
}

/** What was found before anything was sent. */
type Missing = Partial<Record<"username" | "password", true>>;

/** Name, display name and password of a new account. What was typed stays, whatever is refused. */
export function NewAccountForm(props: NewAccountFormProps) {
  const { first, minLength, usernameHint, withoutPassword, errors, isBusy, onSubmit, ...row } = props;
  const t = useTranslations();
  const form = useRef<HTMLFormElement>(null);
  const [missing, setMissing] = useState<Missing>({});
  const shown: FieldErrors = isBusy ? {} : { ...errors, ...missingWords(missing) };
  const firstBad = (["code", "username", "displayName", "password"] as const).find((field) => shown[field]);
  useEffect(() => {
    if (firstBad && form.current) focusFirstBadField(form.current);
  }, [firstBad]);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const account = accountOf(data);
    const found: Missing = {
      ...(account.username === "" && { username: true }),
      ...(withoutPassword === undefined &&
        passwordLength(account.password) < minLength && { password: true }),
    };
    setMissing(found);
    if (Object.keys(found).length === 0) onSubmit(account, data);
    else requestAnimationFrame(() => form.current && focusFirstBadField(form.current));
  }

  function missingWords({ username, password }: Missing): FieldErrors {
    return {
      ...(username && { username: t("setup.usernameMissing") }),
      ...(password && { password: t("fields.tooShort", { min: minLength }) }),
    };
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
      {first}
      <TextField
        id="username"
        name="username"
        label={t("setup.username")}
        {...(usernameHint && { hint: usernameHint })}
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
      {withoutPassword === undefined ? (
        <NewPasswordField
          id="password"
          name="password"
          label={t("fields.password")}
          minLength={minLength}
          error={shown.password ?? null}
        />
      ) : (
        <p>{withoutPassword}</p>
      )}
      <SubmitRow isBusy={isBusy} {...row} />
    </form>
  );
}

function accountOf(data: FormData): NewAccount {
  const text = (name: string) => String(data.get(name) ?? "");
  return {
    username: text("username").trim(),
    displayName: text("displayName").trim(),
    password: text("password"),
  };
}
