"use client";

import { useLocale, useTranslations } from "next-intl";
import { trpc } from "../../../../client/react/trpc";
import homeStyles from "../../home/home.module.css";
import { momentText } from "../../home/time-text";
import { RouteLink } from "../../route-link";

/** Whether there is a password, since when, and the way to another. */
export function PasswordPart() {
  const t = useTranslations("account.security.password");
  const locale = useLocale();
  const overview = trpc.security.overview.useQuery().data;
  if (!overview) return null;
  const { password } = overview;
  return (
    <section className={homeStyles.section} aria-labelledby="password-title">
      <div className={homeStyles.sectionHead}>
        <h2 id="password-title">{t("title")}</h2>
        <RouteLink href="/password">{t(password ? "change" : "set")}</RouteLink>
      </div>
      <p className={homeStyles.sectionLead}>
        {password ? t("since", { when: momentText(locale, password.changed_at) }) : t("none")}
      </p>
    </section>
  );
}
