"use client";

import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { trpc } from "../../../../../client/react/trpc";
import type { UserDetail } from "../../../../../contract/administration";
import { Button } from "../../../../components/button";
import { PageTitle } from "../../../../components/page-title";
import { StatusLine } from "../../../../components/status-line";
import type { Report } from "../../../home/report";
import { momentText } from "../../../home/time-text";
import { RouteLink } from "../../../route-link";
import lists from "../../lists.module.css";
import { Acts } from "./acts";
import { Story } from "./story";

/** One user: what there is to know, and what can be done. */
export function Person({ id }: { id: string }) {
  const t = useTranslations();
  const person = trpc.administration.user.useQuery({ id });
  const [report, setReport] = useState<Report | null>(null);
  if (!person.data) {
    return (
      <>
        <PageTitle title={t("admin.person.title")} />
        <StatusLine tone={person.isError ? "error" : "calm"}>
          {t(person.isError ? "admin.person.failed" : "admin.people.loading")}
        </StatusLine>
        {person.isError && <Button onClick={() => void person.refetch()}>{t("admin.people.retry")}</Button>}
        <RouteLink look="plain" href="/admin/people">
          {t("admin.person.back")}
        </RouteLink>
      </>
    );
  }
  const user = person.data;
  return (
    <>
      <PageTitle title={user.display_name} />
      <Facts user={user} />
      <Story user={user} />
      <StatusLine tone={report?.tone ?? "calm"}>{report?.words(t)}</StatusLine>
      {user.can_act ? (
        <Acts user={user} onReport={setReport} />
      ) : (
        <p className={lists.empty}>{t("admin.person.above")}</p>
      )}
      <RouteLink look="plain" href="/admin/people">
        {t("admin.person.back")}
      </RouteLink>
    </>
  );
}

function dayText(locale: string, seconds: number): string {
  return new Date(seconds * 1000).toLocaleDateString(locale, { dateStyle: "long" });
}

function Facts({ user }: { user: UserDetail }) {
  const t = useTranslations("admin");
  const locale = useLocale();
  return (
    <p className={lists.facts}>
      <span translate="no">{user.username}</span>
      {user.roles.map((role) => (
        <span key={role}>{t(`roles.${role}`)}</span>
      ))}
      {user.status === "disabled" && <strong>{t("people.disabled")}</strong>}
      {user.deletion_at !== null && (
        <strong>{t("person.leaving", { when: dayText(locale, user.deletion_at) })}</strong>
      )}
      <span>{t("person.created", { when: momentText(locale, user.created_at) })}</span>
      <span>{t("person.sessions", { n: user.sessions })}</span>
      {user.password_changed_at === null && <span>{t("person.noPassword")}</span>}
      <span>{t("person.passkeys", { n: user.passkeys })}</span>
      <span>{t(user.totp ? "person.totp" : "person.noTotp")}</span>
    </p>
  );
}
