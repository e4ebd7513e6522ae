"use client";

import { useTranslations } from "next-intl";
import { useEffect, useRef } from "react";
import type { InviteListOutput, ListedPersonOutput } from "../../../../contract/invitation-lists";
import { BusyButton, Button } from "../../../components/button";
import formStyles from "../../../components/form.module.css";
import { StatusLine } from "../../../components/status-line";
import styles from "./list.module.css";
import { ListLinks } from "./list-links";

interface ListReportProps {
  report: InviteListOutput;
  isBusy: boolean;
  hasFailed: boolean;
  onInvite: () => void;
  onChange: () => void;
  onDone: () => void;
}

/** What would become of the lines, or what has become of them. */
export function ListReport({ report, isBusy, hasFailed, onInvite, onChange, onDone }: ListReportProps) {
  const t = useTranslations("invitationList");
  const { dry_run: isPreview, mailed, invited, refused, people } = report;
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const known = report.already_invited + report.has_account;
  const others = people.filter(({ outcome }) => outcome !== "invited");
  return (
    <section className={styles.report} aria-labelledby="report-title">
      <h2 id="report-title" ref={title} tabIndex={-1}>
        {t(isPreview ? "willInvite" : "didInvite", { n: invited })}
      </h2>
      {refused > 0 && <p>{t("refused", { n: refused })}</p>}
      {known > 0 && <p>{t("known", { n: known })}</p>}
      {others.length > 0 && (
        <ul className={styles.lines}>
          {others.map((person) => (
            <OtherLine key={person.line} {...person} />
          ))}
        </ul>
      )}
      {isPreview && invited > 0 && <p className={styles.next}>{t(mailed ? "willMail" : "willShow")}</p>}
      {!isPreview && invited > 0 && mailed && <p>{t("didMail")}</p>}
      {!isPreview && <ListLinks people={people} />}
      <StatusLine tone="error">{hasFailed ? t("faults.failed") : null}</StatusLine>
      <div className={formStyles.actions}>
        {isPreview && invited > 0 && (
          <BusyButton look="primary" busy={isBusy} busyLabel={t("inviting")} onClick={onInvite}>
            {t("invite", { n: invited })}
          </BusyButton>
        )}
        {isPreview && <Button onClick={onChange}>{t("change")}</Button>}
        {!isPreview && (
          <Button look="primary" onClick={onDone}>
            {t("done")}
          </Button>
        )}
      </div>
    </section>
  );
}

function OtherLine({ line, email, outcome, fault }: ListedPersonOutput) {
  const t = useTranslations("invitationList");
  const why =
    outcome === "invited" ? "" : t(`whys.${outcome === "refused" ? (fault ?? "unreadable") : outcome}`);
  return (
    <li className={outcome === "refused" ? styles.fault : undefined}>
      <span className={styles.number}>{t("line", { n: line })}</span>
      <span>{why}</span>
      {email !== null && (
        <span className={styles.email} translate="no">
          {email}
        </span>
      )}
    </li>
  );
}
