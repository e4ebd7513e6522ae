"use client";

import { useFormatter, useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import type { NewInvitationOutput } from "../../../../contract/invitations";
import { Button } from "../../../components/button";
import { StatusLine } from "../../../components/status-line";
import { QrPicture } from "../../../sign-in/qr/qr-picture";
import styles from "./invitations.module.css";

interface InvitationSheetProps {
  invitation: NewInvitationOutput;
  /** Whether the service sends mail at all. */
  isMailed: boolean;
  onDone: () => void;
}

/** A new link with its code, on a sheet that can be printed. It is shown this once. */
export function InvitationSheet({ invitation, isMailed, onDone }: InvitationSheetProps) {
  const t = useTranslations();
  const format = useFormatter();
  const title = useRef<HTMLHeadingElement>(null);
  const [told, setTold] = useState<"copied" | "notCopied" | null>(null);
  useEffect(() => title.current?.focus(), []);
  const until = format.dateTime(new Date(invitation.expires_at * 1000), {
    dateStyle: "long",
    timeStyle: "short",
  });
  const roles = format.list(invitation.roles.map((role) => t(`roles.${role}`)));

  async function copy() {
    try {
      await navigator.clipboard.writeText(invitation.url);
      setTold("copied");
    } catch {
      setTold("notCopied");
    }
  }

  return (
    <section className={styles.sheet} aria-labelledby="sheet-title">
      <h2 id="sheet-title" ref={title} tabIndex={-1}>
        {t("invitations.sheetTitle")}
      </h2>
      {isMailed && invitation.email !== null && <p>{t("invitations.mailed", { email: invitation.email })}</p>}
      <p>{t("invitations.sheetHint")}</p>
      <div className={styles.picture}>
        <QrPicture payload={invitation.url} name={t("invitations.code")} />
      </div>
      <p>
        <code className={styles.link} translate="no">
          {invitation.url}
        </code>
      </p>
      <p className={styles.facts}>{t("invitations.sheetFacts", { roles, n: invitation.uses, until })}</p>
      <div className={styles.ways}>
        <Button look="primary" onClick={() => void copy()}>
          {t("invitations.copy")}
        </Button>
        <Button onClick={() => window.print()}>{t("invitations.print")}</Button>
        <Button onClick={onDone}>{t("invitations.done")}</Button>
      </div>
      <StatusLine tone={told === "notCopied" ? "error" : "calm"}>
        {told && t(`invitations.${told}`)}
      </StatusLine>
    </section>
  );
}
