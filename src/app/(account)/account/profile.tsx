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
import { Emails } from "./emails";
import { ExportData } from "./export-data";
import { Username } from "./username";

/** Who one is here, what is stored about one, and the end of it. */
export function Profile() {
  const t = useTranslations();
  const me = trpc.auth.me.useQuery();
  const overview = trpc.security.overview.useQuery();
  const [report, setReport] = useState<Report | null>(null);
  // What is shown of either appears together: addresses that came later would push the rest down.
  const user = overview.data && me.data?.user;
  const hasFailed = !user && (me.isError || overview.isError);
  const retry = () => {
    for (const query of [me, overview]) if (query.data === undefined) void query.refetch();
  };
  return (
    <div className={homeStyles.home}>
      <PageTitle title={t("account.profile.title")}>{t("account.profile.lead")}</PageTitle>
      <StatusLine tone={report?.tone ?? (hasFailed ? "error" : "calm")}>
        {user ? report?.words(t) : t(hasFailed ? "account.failed" : "account.loading")}
      </StatusLine>
      {hasFailed && <Button onClick={retry}>{t("connection.retry")}</Button>}
      {user && (
        <>
          <section className={homeStyles.section} aria-labelledby="display-name-title">
            <h2 id="display-name-title">{t("home.displayName")}</h2>
            <p translate="no">{user.display_name}</p>
            <p>{t("account.profile.displayNameHint")}</p>
            <DisplayName name={user.display_name} onReport={setReport} />
          </section>
          <Username username={user.username} onReport={setReport} />
          <Emails onReport={setReport} />
          <ExportData username={user.username} onReport={setReport} />
          <DeleteAccount onReport={setReport} />
        </>
      )}
    </div>
  );
}
