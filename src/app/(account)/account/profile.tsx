"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { trpc } from "../../../client/react/trpc";
import { Button } from "../../components/button";
import { PageTitle } from "../../components/page-title";
import { StatusLine } from "../../components/status-line";
import { DisplayName } from "../home/display-name";
import homeStyles from "../home/home.module.css";
import type { Report } from "../home/report";
import { DeleteAccount } from "./delete-account";
import { ExportData } from "./export-data";
import { Username } from "./username";

/** Who one is here, what is stored about one, and the end of it. */
export function Profile() {
  const t = useTranslations();
  const me = trpc.auth.me.useQuery();
  const [report, setReport] = useState<Report | null>(null);
  const user = me.data?.user;
  return (
    <div className={homeStyles.home}>
      <PageTitle title={t("account.profile.title")}>{t("account.profile.lead")}</PageTitle>
      <StatusLine tone={report?.tone ?? (me.isError ? "error" : "calm")}>
        {user ? report?.words(t) : t(me.isError ? "account.failed" : "account.loading")}
      </StatusLine>
      {me.isError && !user && <Button onClick={() => void me.refetch()}>{t("connection.retry")}</Button>}
      {user && (
        <>
          <section className={homeStyles.section} aria-labelledby="display-name-title">
            <div className={homeStyles.sectionHead}>
              <h2 id="display-name-title">{t("home.displayName")}</h2>
            </div>
            <p translate="no">{user.display_name}</p>
            <p>{t("account.profile.displayNameHint")}</p>
            <DisplayName name={user.display_name} onReport={setReport} />
          </section>
          <Username username={user.username} onReport={setReport} />
          <ExportData username={user.username} onReport={setReport} />
          <DeleteAccount onReport={setReport} />
        </>
      )}
    </div>
  );
}
