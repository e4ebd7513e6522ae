"use client";

import { useTranslations } from "next-intl";
import { useRef } from "react";
import { trpc } from "../../../client/react/trpc";
import type { SessionListItem } from "../../../contract/schemas";
import type { Words } from "../../components/words";
import styles from "./home.module.css";
import type { Report } from "./report";
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
  const approvers = approversOf(sessions ?? []);
  const others = sessions?.filter(({ id, current }) => !current && !approvers.has(id)) ?? [];
  // The row that had the focus is gone: the list's title is where its reader goes on.
  const afterRevoking = (words: Words) => {
    onReport({ tone: "calm", words });
    title.current?.focus();
  };
  const onFailed = () => onReport({ tone: "error", words: (said) => said("home.actionFailed") });

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
      {sessions && (
        <SessionList
          sessions={sessions}
          approvers={approvers}
          onRevoked={afterRevoking}
          onFailed={onFailed}
        />
      )}
    </section>
  );
}

interface SessionListProps {
  sessions: readonly SessionListItem[];
  approvers: ReadonlySet<string>;
  onRevoked: (words: Words) => void;
  onFailed: () => void;
}

function SessionList({ sessions, approvers, onRevoked, onFailed }: SessionListProps) {
  const t = useTranslations("home");
  return (
    <>
      <ul>
        {sessions.map((session) => (
          <SessionItem
            key={session.id}
            session={session}
            approver={sessions.find(({ id }) => id === session.approved_by) ?? null}
            hasApprovedUs={approvers.has(session.id)}
            onRevoked={onRevoked}
            onFailed={onFailed}
          />
        ))}
      </ul>
      {sessions.length === 1 && <p className={styles.empty}>{t("noOthers")}</p>}
    </>
  );
}

/** The session that approved this one, the one that approved that, and so on. */
function approversOf(sessions: readonly SessionListItem[]): ReadonlySet<string> {
  const ids = new Set<string>();
  let next = sessions.find(({ current }) => current)?.approved_by ?? null;
  while (next !== null && !ids.has(next)) {
    const id = next;
    ids.add(id);
    next = sessions.find((session) => session.id === id)?.approved_by ?? null;
  }
  return ids;
}
