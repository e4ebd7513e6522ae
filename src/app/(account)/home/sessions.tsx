"use client";

import { useTranslations } from "next-intl";
import { useRef } from "react";
import { trpc } from "../../../client/react/trpc";
import type { SessionListItem } from "../../../contract/schemas";
import { Button } from "../../components/button";
import type { Report } from "./home";
import styles from "./home.module.css";
import { RevokeOthers } from "./revoke-others";
import { SessionItem } from "./session-item";

interface SessionsProps {
  onReport: (report: Report) => void;
}

/** Where the user is signed in: here first, then everywhere else. */
export function Sessions({ onReport }: SessionsProps) {
  const t = useTranslations();
  const list = trpc.sessions.list.useQuery();
  const title = useRef<HTMLHeadingElement>(null);
  const sessions = list.data?.sessions;
  const others = sessions?.filter((session) => !session.current) ?? [];
  // The row that had the focus is gone: the list's title is where its reader goes on.
  const afterRevoking = (text: string) => {
    onReport({ tone: "calm", text });
    title.current?.focus();
  };
  const onFailed = () => onReport({ tone: "error", text: t("home.actionFailed") });

  return (
    <section className={styles.section} aria-labelledby="sessions-title">
      <div className={styles.sectionHead}>
        <h2 id="sessions-title" ref={title} tabIndex={-1}>
          {t("home.sessions")}
        </h2>
        {others.length > 1 && (
          <RevokeOthers count={others.length} onRevoked={afterRevoking} onFailed={onFailed} />
        )}
      </div>
      {list.isError && !sessions && (
        <div className={styles.empty}>
          <p>{t("home.loadFailed")}</p>
          <Button look="plain" onClick={() => void list.refetch()}>
            {t("connection.retry")}
          </Button>
        </div>
      )}
      {sessions && <SessionList sessions={sessions} onRevoked={afterRevoking} onFailed={onFailed} />}
    </section>
  );
}

interface SessionListProps {
  sessions: readonly SessionListItem[];
  onRevoked: (text: string) => void;
  onFailed: () => void;
}

function SessionList({ sessions, onRevoked, onFailed }: SessionListProps) {
  const t = useTranslations("home");
  return (
    <>
      <ul>
        {sessions.map((session) => (
          <SessionItem
            key={session.id}
            session={session}
            approver={sessions.find(({ id }) => id === session.approved_by) ?? null}
            onRevoked={onRevoked}
            onFailed={onFailed}
          />
        ))}
      </ul>
      {sessions.length === 1 && <p className={styles.empty}>{t("noOthers")}</p>}
    </>
  );
}
