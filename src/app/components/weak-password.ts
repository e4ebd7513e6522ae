"use client";

import { useTranslations } from "next-intl";

const rules = ["too_short", "too_long", "common", "contains_account_words"] as const;

/** Words for the rule of the policy that a password broke; a general sentence for one that we do not know. */
export function useWeakPasswordText(minLength: number): (rule: string) => string {
  const t = useTranslations("weakPassword");
  return (rule) => {
    const known = rules.find((name) => name === rule);
    return known ? t(known, { min: minLength }) : t("other");
  };
}
