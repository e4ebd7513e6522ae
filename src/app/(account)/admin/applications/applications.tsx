"use client";

import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { trpc } from "../../../../client/react/trpc";
import type { ClientOutput, NewClientOutput } from "../../../../contract/clients";
import { Button } from "../../../components/button";
import { StatusLine } from "../../../components/status-line";
import { askAgain } from "../../../lib/ask-again";
import type { Report } from "../../home/report";
import { momentText } from "../../home/time-text";
import lists from "../lists.module.css";
import styles from "./applications.module.css";
import { Copies } from "./copies";
import { kindOf } from "./kinds";
import { MakeForm } from "./make-form";

/** All registered applications, and a form for another one. What a new one has to know is shown this once. */
export function Applications({ issuer }: { issuer: string }) {
  const t = useTranslations();
  const utils = trpc.useUtils();
  const list = trpc.clients.list.useQuery();
  const [made, setMade] = useState<NewClientOutput | null>(null);
  const [report, setReport] = useState<Report | null>(null);
  const clients = list.data?.clients ?? [];
  const words = list.isPending ? t("admin.people.loading") : list.isError ? t("admin.people.failed") : null;
  return (
    <>
      <StatusLine tone={list.isError ? "error" : "calm"}>{words}</StatusLine>
      {list.isError && <Button onClick={() => void list.refetch()}>{t("admin.people.retry")}</Button>}
      {list.isSuccess && clients.length === 0 && (
        <p className={lists.empty}>{t("admin.applications.empty")}</p>
      )}
      <ul className={lists.list} aria-label={t("admin.applications.title")}>
        {clients.map((client) => (
          <li key={client.id}>
            <ApplicationLine client={client} />
          </li>
        ))}
      </ul>
      <section className={styles.section} aria-labelledby="make-title">
        {made ? (
          <Made client={made} issuer={issuer} onDone={() => setMade(null)} />
        ) : (
          <>
            <h2 id="make-title">{t("admin.applications.makeTitle")}</h2>
            <MakeForm
              onReport={setReport}
              onMade={(client) => {
                setReport(null);
                setMade(client);
                void askAgain(utils.clients.list);
              }}
            />
            <StatusLine tone={report?.tone ?? "calm"}>{report?.words(t)}</StatusLine>
          </>
        )}
      </section>
    </>
  );
}

interface MadeProps {
  client: NewClientOutput;
  issuer: string;
  onDone: () => void;
}

function Made({ client, issuer, onDone }: MadeProps) {
  const t = useTranslations("admin.applications");
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <>
      <h2 id="make-title" ref={title} tabIndex={-1}>
        {t("made", { name: client.name })}
      </h2>
      <p className={styles.hint}>{t("copies.text")}</p>
      <Copies issuer={issuer} clientId={client.id} secret={client.client_secret} />
      <Button onClick={onDone}>{t("done")}</Button>
    </>
  );
}

function ApplicationLine({ client }: { client: ClientOutput }) {
  const t = useTranslations("admin.applications");
  return (
    <Link
      className={lists.line}
      href={`/admin/applications/${encodeURIComponent(client.id)}`}
      prefetch={false}
    >
      <span className={lists.name} translate="no">
        {client.name}
      </span>
      <span className={lists.facts}>
        <span translate="no">{client.id}</span>
        <span>{t(`kinds.${kindOf(client)}.name`)}</span>
        <Uses client={client} />
      </span>
    </Link>
  );
}

/** How much it is used. */
export function Uses({ client }: { client: ClientOutput }) {
  const t = useTranslations("admin.applications");
  const locale = useLocale();
  return (
    <>
      {kindOf(client) !== "program" && <span>{t("people", { n: client.people })}</span>}
      <span>
        {client.last_used_at === null
          ? t("unused")
          : t("used", { when: momentText(locale, client.last_used_at) })}
      </span>
    </>
  );
}
