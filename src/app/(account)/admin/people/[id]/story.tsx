"use client";

import { useTranslations } from "next-intl";
import { trpc } from "../../../../../client/react/trpc";
import type { UserDetail } from "../../../../../contract/administration";
import { Button } from "../../../../components/button";
import { useDeviceName } from "../../../../components/device-name";
import type { Elements } from "../../../../components/elements";
import { StatusLine } from "../../../../components/status-line";
import { SessionFacts } from "../../../home/session-item";
import { RouteLink } from "../../../route-link";
import { EventLine } from "../../audit/event-line";
import lists from "../../lists.module.css";
import styles from "../people.module.css";

const SHOWN_EVENTS = 8;

/** What there is to know of somebody before anything is done: addresses, where they are signed in, and what happened lately. */
export function Story({ user }: { user: UserDetail }) {
  return (
    <>
      <Addresses user={user} />
      <Sessions id={user.id} />
      <Activity id={user.id} />
    </>
  );
}

function Addresses({ user: { emails } }: { user: UserDetail }) {
  const t = useTranslations("admin.person");
  return (
    <Section name="emails">
      {emails.length === 0 && <p className={lists.facts}>{t("noEmails")}</p>}
      <ul>
        {emails.map(({ address, verified }) => (
          <li key={address} className={lists.facts}>
            <span translate="no">{address}</span>
            {!verified && <span>{t("unverified")}</span>}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Sessions({ id }: { id: string }) {
  const t = useTranslations("admin.person");
  const nameOf = useDeviceName();
  const list = trpc.administration.sessions.useQuery({ id });
  const sessions = list.data?.sessions ?? [];
  return (
    <Section name="sessionList">
      <Loading list={list} />
      {list.isSuccess && sessions.length === 0 && <p className={lists.facts}>{t("noSessions")}</p>}
      <ul>
        {sessions.map((session) => (
          <li key={session.id} className={styles.line}>
            <h3 className={styles.device}>{nameOf(session.device)}</h3>
            <SessionFacts
              session={session}
              approver={sessions.find((other) => other.id === session.approved_by) ?? null}
            />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Activity({ id }: { id: string }) {
  const t = useTranslations("admin.person");
  const list = trpc.audit.list.useQuery({ user: id, limit: SHOWN_EVENTS });
  return (
    <Section name="activity">
      <Loading list={list} />
      {list.data?.events.length === 0 && <p className={lists.facts}>{t("noActivity")}</p>}
      <ul>
        {list.data?.events.map((event) => (
          <EventLine key={event.id} event={event} />
        ))}
      </ul>
      <RouteLink look="plain" href={`/admin/audit?user=${id}`}>
        {t("allActivity")}
      </RouteLink>
    </Section>
  );
}

interface SectionProps {
  name: "emails" | "sessionList" | "activity";
  children: Elements;
}

function Section({ name, children }: SectionProps) {
  const t = useTranslations("admin.person");
  return (
    <section className={styles.section} aria-labelledby={`person-${name}`}>
      <h2 id={`person-${name}`}>{t(name)}</h2>
      {children}
    </section>
  );
}

interface LoadingProps {
  list: { readonly isPending: boolean; readonly isError: boolean; refetch: () => unknown };
}

function Loading({ list }: LoadingProps) {
  const t = useTranslations("admin.people");
  const text = list.isPending ? t("loading") : list.isError ? t("failed") : null;
  return (
    <>
      <StatusLine tone={list.isError ? "error" : "calm"}>{text}</StatusLine>
      {list.isError && <Button onClick={() => void list.refetch()}>{t("retry")}</Button>}
    </>
  );
}
