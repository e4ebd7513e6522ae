"use client";

import { useTranslations } from "next-intl";
import { PagesNav } from "../pages-nav";

/** A page for administrators is one line here. */
const places = [
  ["/admin", "overview"],
  ["/admin/people", "people"],
  ["/admin/invitations", "invitations"],
  ["/admin/applications", "applications"],
  ["/admin/audit", "audit"],
  ["/admin/system", "system"],
] as const;

/** Between the pages for administrators. */
export function AdminNav() {
  const t = useTranslations("admin.nav");
  const named = places.map(([href, label]) => ({ href, name: t(label) }));
  return <PagesNav label={t("label")} places={named} back={t("back")} />;
}
