"use client";

import { useTranslations } from "next-intl";
import { PagesNav } from "../pages-nav";

/** A page of the account is one line here. */
const places = [
  ["/account", "profile"],
  ["/account/security", "security"],
  ["/account/activity", "activity"],
  ["/account/applications", "applications"],
] as const;

/** Between the pages of one's own account. */
export function AccountNav() {
  const t = useTranslations("account.nav");
  const named = places.map(([href, label]) => ({ href, name: t(label) }));
  return <PagesNav label={t("label")} places={named} back={t("back")} />;
}
