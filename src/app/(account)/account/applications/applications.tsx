"use client";

import { useLocale, useTranslations } from "next-intl";
import { useRef, useState } from "react";
import { trpc } from "../../../../client/react/trpc";
import type { SessionListItem } from "../../../../contract/schemas";
import { Button } from "../../../components/button";
import { PageTitle } from "../../../components/page-title";
import { StatusLine } from "../../../components/status-line";
import { askAgain } from "../../../lib/ask-again";
import { ConfirmedAction } from "../../home/confirmed-action";
import homeStyles from "../../home/home.module.css";
import type { Report } from "../../home/report";
import { momentText } from "../../home/time-text";
import { useStepUp } from "../../step-up/use-step-up";
import itemStyles from "../item.module.css";

interface Application {
  readonly id: string;
  readonly name: string;
  readonly sessions: readonly SessionListItem[];
}

/** The registered programs and sites that one is signed in to. */
export function Applications() {
  const t = useTranslations();
  const list = trpc.sessions.list.useQuery();
  const [report, setReport] = useState<Report | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const applications = applicationsOf(list.data?.sessions ?? []);
  const say = (next: Report) => {
    setReport(next);
    if (next.tone === "calm") box.current?.querySelector("h1")?.focus();
  };
  return (
    <div ref={box} className={homeStyles.home}>
      <PageTitle title={t("account.applications.title")}>{t("account.applications.lead")}</PageTitle>
      <StatusLine tone={report?.tone ?? (list.isError ? "error" : "calm")}>
        {list.data ? report?.words(t) : t(list.isError ? "account.failed" : "account.loading")}
      </StatusLine>
      {list.isError && !list.data && (
        <Button onClick={() => void list.refetch()}>{t("connection.retry")}</Button>
      )}
      {list.data && applications.length === 0 && (
        <p className={homeStyles.empty}>{t("account.applications.none")}</p>
      )}
      <ul>
        {applications.map((application) => (
          <Item key={application.id} application={application} onReport={say} />
        ))}
      </ul>
    </div>
  );
}

function Item({
  application: { name, sessions },
  onReport,
}: {
  application: Application;
  onReport: (report: Report) => void;
}) {
  const t = useTranslations("account.applications");
  const locale = useLocale();
  const utils = trpc.useUtils();
  const ask = useStepUp();
  const [isBusy, setIsBusy] = useState(false);
  const revoke = trpc.sessions.revoke.useMutation();
  const latest = Math.max(...sessions.map(({ last_active_at: at }) => at));

  async function signOut() {
    setIsBusy(true);
    try {
      for (const { id } of sessions) await revoke.mutateAsync({ id });
      onReport({ tone: "calm", words: (said) => said("account.applications.done", { name }) });
    } catch (error) {
      if (!ask(error, () => void signOut()))
        onReport({ tone: "error", words: (said) => said("home.actionFailed") });
    }
    setIsBusy(false);
    await askAgain(utils.sessions.list);
  }
  return (
    <li className={itemStyles.item}>
      <div className={itemStyles.text}>
        <h2 className={itemStyles.name}>{name}</h2>
        <p className={itemStyles.facts}>
          <span>{t("sessions", { n: sessions.length })}</span>
          <span>{t("lastActive", { when: momentText(locale, latest) })}</span>
        </p>
      </div>
      <div className={itemStyles.actions}>
        <ConfirmedAction
          key={String(isBusy)}
          className={itemStyles.confirm}
          label={t("signOut")}
          accessibleLabel={t("signOutNamed", { name })}
          question={t("question", { name })}
          confirmLabel={t("confirm")}
          busyLabel={t("working")}
          isBusy={isBusy}
          onConfirm={() => void signOut()}
        />
      </div>
    </li>
  );
}

function applicationsOf(sessions: readonly SessionListItem[]): Application[] {
  const found = new Map<string, Application>();
  for (const session of sessions) {
    if (session.application === null) continue;
    const { id, name } = session.application;
    found.set(id, { id, name, sessions: [...(found.get(id)?.sessions ?? []), session] });
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}
