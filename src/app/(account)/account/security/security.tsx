"use client";

import { useTranslations } from "next-intl";
import { useCallback, useState } from "react";
import { trpc } from "../../../../client/react/trpc";
import { Button } from "../../../components/button";
import { PageTitle } from "../../../components/page-title";
import { StatusLine } from "../../../components/status-line";
import { askAgain } from "../../../lib/ask-again";
import homeStyles from "../../home/home.module.css";
import type { Report } from "../../home/report";
import { useLive } from "../../home/use-live";
import { Passkeys } from "./passkeys";
import { PasswordPart } from "./password-part";
import { SecondFactor } from "./second-factor";

/** All the ways in: password, passkeys, the second factor. */
export function Security() {
  const t = useTranslations();
  const [report, setReport] = useState<Report | null>(null);
  const queries = [trpc.auth.me.useQuery(), trpc.passkeys.list.useQuery(), trpc.security.overview.useQuery()];
  const utils = trpc.useUtils();
  useLive(
    useCallback(() => {
      const { auth, passkeys, security } = utils;
      void askAgain(auth.me, passkeys.list, security.overview);
    }, [utils]),
  );
  const isThere = queries.every(({ data }) => data !== undefined);
  const hasFailed = !isThere && queries.some(({ isError }) => isError);
  const retry = () => {
    for (const query of queries) if (query.data === undefined) void query.refetch();
  };
  return (
    <div className={homeStyles.home}>
      <PageTitle title={t("account.security.title")}>{t("account.security.lead")}</PageTitle>
      <StatusLine tone={hasFailed ? "error" : (report?.tone ?? "calm")}>
        {isThere ? report?.words(t) : t(hasFailed ? "account.failed" : "account.loading")}
      </StatusLine>
      {hasFailed && <Button onClick={retry}>{t("connection.retry")}</Button>}
      {isThere && (
        <>
          <PasswordPart />
          <Passkeys onReport={setReport} />
          <SecondFactor onReport={setReport} />
        </>
      )}
    </div>
  );
}
