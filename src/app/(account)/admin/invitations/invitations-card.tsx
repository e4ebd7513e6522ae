"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { trpc } from "../../../../client/react/trpc";
import type { NewInvitationOutput } from "../../../../contract/invitations";
import { Button } from "../../../components/button";
import { PageTitle } from "../../../components/page-title";
import { StatusLine } from "../../../components/status-line";
import { askAgain } from "../../../lib/ask-again";
import type { Report } from "../../home/report";
import { InvitationItem } from "./invitation-item";
import { InvitationSheet } from "./invitation-sheet";
import styles from "./invitations.module.css";
import { InviteForm } from "./invite-form";
import { ListForm } from "./list-form";

/** Makes invitations, shows the link of a new one this once, and lists what became of the others. */
export function InvitationsCard({ sendsMail }: { sendsMail: boolean }) {
  const t = useTranslations();
  const utils = trpc.useUtils();
  const list = trpc.invitations.list.useInfiniteQuery(
    { limit: 50 },
    { getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined },
  );
  const [made, setMade] = useState<NewInvitationOutput | null>(null);
  const [isList, setIsList] = useState(false);
  const [report, setReport] = useState<Report | null>(null);
  const refresh = () => askAgain(utils.invitations.list);
  const show = (invitation: NewInvitationOutput) => {
    setReport(null);
    setMade(invitation);
    void refresh();
  };
  const invitations = list.data?.pages.flatMap((page) => page.invitations) ?? [];
  const words = list.isError ? t("connection.unavailable") : report?.words(t);
  return (
    <>
      <PageTitle title={t("invitations.title")}>{t("invitations.lead")}</PageTitle>
      {made && <InvitationSheet invitation={made} isMailed={sendsMail} onDone={() => setMade(null)} />}
      {!made && isList && <ListForm onInvited={() => void refresh()} onDone={() => setIsList(false)} />}
      {!made && !isList && (
        <>
          <InviteForm sendsMail={sendsMail} onMade={show} onReport={setReport} />
          <Button onClick={() => setIsList(true)}>{t("invitations.list")}</Button>
        </>
      )}
      <StatusLine tone={list.isError ? "error" : (report?.tone ?? "calm")}>
        {words ?? (list.isPending ? t("invitations.loading") : null)}
      </StatusLine>
      <section className={styles.list} aria-labelledby="invitations-title">
        <h2 id="invitations-title">{t("invitations.listTitle")}</h2>
        {list.isSuccess && invitations.length === 0 && (
          <p className={styles.empty}>{t("invitations.none")}</p>
        )}
        <ul>
          {invitations.map((invitation) => (
            <InvitationItem
              key={invitation.id}
              invitation={invitation}
              onRenewed={show}
              onChanged={refresh}
              onReport={setReport}
            />
          ))}
        </ul>
        {list.hasNextPage && (
          <Button width="full" onClick={() => void list.fetchNextPage()}>
            {t("invitations.more")}
          </Button>
        )}
      </section>
    </>
  );
}
