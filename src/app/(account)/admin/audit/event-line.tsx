"use client";

import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import type { AuditEvent } from "../../../../contract/audit";
import { auditSentence } from "../../../components/audit-sentence";
import { momentText } from "../../home/time-text";
import styles from "./audit.module.css";

/** One event: its sentence, when and where, whom it is about, and the record itself for those who ask. */
export function EventLine({ event }: { event: AuditEvent }) {
  const t = useTranslations();
  const locale = useLocale();
  const [isOpen, setOpen] = useState(false);
  return (
    <li className={styles.event}>
      <p className={styles.sentence}>{auditSentence(t, event, null)}</p>
      <p className={styles.facts}>
        <time dateTime={new Date(event.at * 1000).toISOString()}>{momentText(locale, event.at)}</time>
        {event.address !== null && <span>{t("admin.audit.address", { address: event.address })}</span>}
        {event.user_id !== null && event.username !== null && (
          <Link
            className={styles.link}
            href={`/admin/people/${event.user_id}`}
            prefetch={false}
            translate="no"
          >
            {event.username}
          </Link>
        )}
      </p>
      <details className={styles.raw} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>{t("admin.audit.raw")}</summary>
        {isOpen && (
          <pre className={styles.record} translate="no">
            {JSON.stringify(event, null, 2)}
          </pre>
        )}
      </details>
    </li>
  );
}
