"use client";

import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { trpc } from "../../../client/react/trpc";
import type { Notice } from "../../../contract/schemas";
import { askAgain } from "../../lib/ask-again";
import styles from "./live-notices.module.css";
import { NoticeItem } from "./notices";
import { Providers } from "./providers";
import type { Report } from "./report";
import { useAcknowledge } from "./use-acknowledge";

/** A sign-in this much older than the page still counts as news: it came while the page was on its way. */
const TOLERANCE_IN_SECONDS = 10;

interface LiveNoticesProps {
  /** Grows whenever something may have happened. */
  news: number;
  openedAtInMs: number;
}

/**
 * The sign-ins that happened while the page was open, over the page and never in it: what is below must not move from
 * under a finger.
 */
export function LiveNotices(props: LiveNoticesProps) {
  return (
    <Providers>
      <Content {...props} />
    </Providers>
  );
}

function Content({ news, openedAtInMs }: LiveNoticesProps) {
  const t = useTranslations();
  const utils = trpc.useUtils();
  const list = trpc.sessions.notices.useQuery();
  const me = trpc.auth.me.useQuery();
  const clock = trpc.auth.serverTime.useQuery();
  const [ahead, setAhead] = useState<number | null>(null);
  const [report, setReport] = useState<Report | null>(null);
  const { isAcknowledged, acknowledge } = useAcknowledge(() =>
    setReport({ tone: "error", words: (said) => said("home.actionFailed") }),
  );
  useEffect(() => {
    if (news > 1) void askAgain(utils.sessions.notices);
  }, [news, utils]);
  const serverTime = clock.data?.server_time;
  useEffect(() => {
    if (serverTime !== undefined) setAhead(serverTime - Date.now() / 1_000);
  }, [serverTime]);
  const since = openedAtInMs / 1_000 + (ahead ?? 0) - TOLERANCE_IN_SECONDS;
  const own = me.data?.session.id;
  const isShown = ({ type, at, session_live, session_id, id }: Notice) =>
    (type === "new_sign_in" ? session_live : type.startsWith("passkey_") && session_id !== own) &&
    at >= since &&
    !isAcknowledged(id);
  const notices = ahead === null || own === undefined ? [] : (list.data?.notices ?? []).filter(isShown);
  return (
    <section aria-label={t("notices.title")} aria-live="polite" className={styles.over}>
      {report && (notices.length === 0 || report.tone === "error") && (
        <p className={styles.report}>{report.words(t)}</p>
      )}
      <ul className={styles.list}>
        {notices.map((notice) => (
          <NoticeItem
            key={notice.id}
            notice={notice}
            onDismiss={() => acknowledge(notice.id)}
            onReport={setReport}
          />
        ))}
      </ul>
    </section>
  );
}
