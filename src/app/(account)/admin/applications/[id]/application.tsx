"use client";

import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { trpc } from "../../../../../client/react/trpc";
import { Button } from "../../../../components/button";
import { PageTitle } from "../../../../components/page-title";
import { StatusLine } from "../../../../components/status-line";
import type { Report } from "../../../home/report";
import { momentText } from "../../../home/time-text";
import { RouteLink } from "../../../route-link";
import lists from "../../lists.module.css";
import { Uses } from "../applications";
import { kindOf } from "../kinds";
import { Acts } from "./acts";

/** One application: what it is, what belongs into it, and what can be done. */
export function Application({ id, issuer }: { id: string; issuer: string }) {
  const t = useTranslations();
  const locale = useLocale();
  const application = trpc.clients.get.useQuery({ id });
  const [report, setReport] = useState<Report | null>(null);
  const client = application.data;
  if (!client) {
    return (
      <>
        <PageTitle title={t("admin.applications.one")} />
        <StatusLine tone={application.isError ? "error" : "calm"}>
          {t(application.isError ? "admin.applications.failed" : "admin.people.loading")}
        </StatusLine>
        {application.isError && (
          <Button onClick={() => void application.refetch()}>{t("admin.people.retry")}</Button>
        )}
        <Back />
      </>
    );
  }
  return (
    <>
      <PageTitle title={client.name} />
      <p className={lists.facts}>
        <span>{t(`admin.applications.kinds.${kindOf(client)}.name`)}</span>
        <span>{t("admin.person.created", { when: momentText(locale, client.created_at) })}</span>
        <Uses client={client} />
      </p>
      <StatusLine tone={report?.tone ?? "calm"}>{report?.words(t)}</StatusLine>
      <Acts client={client} issuer={issuer} onReport={setReport} />
      <Back />
    </>
  );
}

function Back() {
  const t = useTranslations("admin.applications");
  return (
    <RouteLink look="plain" href="/admin/applications">
      {t("back")}
    </RouteLink>
  );
}
