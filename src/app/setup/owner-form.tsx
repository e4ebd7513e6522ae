"use client";

import { useTranslations } from "next-intl";
import { useNoAnswerText } from "../components/no-answer-text";
import { type NewAccount, NewAccountForm } from "../new-account/new-account-form";
import { type ShownRefusal, useAccountRefusal } from "../new-account/use-account-refusal";
import type { SetupView } from "./use-setup";

interface OwnerFormProps {
  minLength: number;
  view: SetupView;
  onSubmit: (owner: NewAccount) => void;
}

/** The first account: name, display name, password. */
export function OwnerForm({ minLength, view, onSubmit }: OwnerFormProps) {
  const t = useTranslations("setup");
  return (
    <NewAccountForm
      {...useRefusal(view, minLength)}
      minLength={minLength}
      tone={view.status === "form" ? "error" : "calm"}
      label={t("submit")}
      isBusy={view.status !== "form"}
      busyLabel={t(view.status === "signing_in" ? "created" : "creating")}
      onSubmit={onSubmit}
    />
  );
}

function useRefusal(view: SetupView, minLength: number): ShownRefusal {
  const shownRefusal = useAccountRefusal(minLength);
  const noAnswerText = useNoAnswerText();
  if (view.status !== "form" || view.refusal === null) return { errors: {}, message: null };
  const { refusal } = view;
  switch (refusal.status) {
    case "wait":
    case "unavailable":
      return { errors: {}, message: noAnswerText(refusal) };
    default:
      return shownRefusal(refusal);
  }
}
