"use client";

import { useTranslations } from "next-intl";
import { useWeakPasswordText } from "../components/weak-password";

export type FieldErrors = Partial<Record<"code" | "username" | "displayName" | "password", string>>;

/** What is said at the fields, or of the form as a whole. */
export interface ShownRefusal {
  readonly errors: FieldErrors;
  readonly message: string | null;
}

/** What was typed cannot be an account. */
export type AccountRefusal =
  | { readonly status: "username_taken" }
  | { readonly status: "weak_password"; readonly rule: string }
  | { readonly status: "invalid_field"; readonly field: string };

/** The words for an account that cannot be made as it was typed, each at its field. */
export function useAccountRefusal(minLength: number): (refusal: AccountRefusal) => ShownRefusal {
  const t = useTranslations();
  const weakText = useWeakPasswordText(minLength);
  const atField = (errors: FieldErrors) => ({ errors, message: null });
  return (refusal) => {
    switch (refusal.status) {
      case "username_taken":
        return atField({ username: t("setup.usernameTaken") });
      case "weak_password":
        return atField({ password: weakText(refusal.rule) });
      case "invalid_field":
        if (refusal.field === "username") return atField({ username: t("setup.usernameInvalid") });
        if (refusal.field === "display_name") return atField({ displayName: t("setup.displayNameInvalid") });
        return { errors: {}, message: t("connection.unexpected") };
    }
  };
}
