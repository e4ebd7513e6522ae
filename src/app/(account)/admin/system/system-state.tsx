"use client";

import { useLocale, useTranslations } from "next-intl";
import { trpc } from "../../../../client/react/trpc";
import type { SystemOutput } from "../../../../contract/system";
import { Button } from "../../../components/button";
import type { Elements } from "../../../components/elements";
import { StatusLine } from "../../../components/status-line";
import { momentText } from "../../home/time-text";
import { Command } from "../people/[id]/act";
import styles from "./system.module.css";

/** What the installation is like at the moment. */
export function SystemState() {
  const t = useTranslations("admin");
  const state = trpc.system.read.useQuery();
  const text = state.isPending ? t("people.loading") : state.isError ? t("system.failed") : null;
  return (
    <>
      <StatusLine tone={state.isError ? "error" : "calm"}>{text}</StatusLine>
      {state.isError && <Button onClick={() => void state.refetch()}>{t("people.retry")}</Button>}
      {state.data && (
        <>
          <Service system={state.data} />
          <Storage system={state.data} />
          <Mail system={state.data} />
          <Keys system={state.data} />
          <Settings system={state.data} />
          <div className={styles.command}>
            <Command text="system" />
          </div>
        </>
      )}
    </>
  );
}

interface PartProps {
  system: SystemOutput;
}

function Service({ system }: PartProps) {
  const t = useTranslations("admin.system");
  return (
    <Section name="service">
      <dl className={styles.facts}>
        <Fact name={t("version")} value={system.version} />
        <Fact name="Node.js" value={system.node} />
        <Fact name={t("instances")} value={String(system.instances)} />
        {system.notices.map((notice) => (
          <Fact key={notice} name={t("notice")} value={notice} />
        ))}
      </dl>
    </Section>
  );
}

function Storage({ system: { storage } }: PartProps) {
  const t = useTranslations("admin.system");
  const when = useMoment();
  const kind = storage.kind === "sqlite" ? "SQLite" : "PostgreSQL";
  return (
    <Section name="storage">
      <dl className={styles.facts}>
        <Fact name={t("database")} value={`${kind} ${storage.version}`} />
        <Fact name={t("size")} value={`${(storage.size_in_bytes / 1024 / 1024).toFixed(1)} MiB`} />
        <Fact name={t("migrations")} value={`${storage.migrations.applied} (${storage.migrations.latest})`} />
        <Fact name={t("swept")} value={storage.swept_at === null ? t("never") : when(storage.swept_at)} />
      </dl>
    </Section>
  );
}

function Mail({ system: { mail } }: PartProps) {
  const t = useTranslations("admin.system");
  const when = useMoment();
  const failure = mail.last_failure;
  return (
    <Section name="mail">
      {!mail.enabled && <p className={styles.note}>{t("noMail")}</p>}
      <dl className={styles.facts}>
        <Fact name={t("waiting")} value={String(mail.waiting)} />
        {mail.oldest_since !== null && <Fact name={t("oldest")} value={when(mail.oldest_since)} />}
        <Fact
          name={t("lastFailure")}
          value={failure === null ? t("none") : `${when(failure.at)}: ${failure.reason}`}
        />
      </dl>
    </Section>
  );
}

function Keys({ system }: PartProps) {
  const t = useTranslations("admin.system");
  const when = useMoment();
  return (
    <Section name="keys">
      <ul>
        {system.keys.map((key) => (
          <li key={key.kid} className={styles.key}>
            <code translate="no">{key.kid}</code>
            <span>{key.alg}</span>
            <span>{t("made", { when: when(key.created_at) })}</span>
            {key.retired_at !== null && <span>{t("retires", { when: when(key.retired_at) })}</span>}
          </li>
        ))}
      </ul>
      <p className={styles.note}>{t("nextRotation", { when: when(system.next_rotation_at) })}</p>
    </Section>
  );
}

function Settings({ system }: PartProps) {
  const t = useTranslations("admin.system");
  return (
    <Section name="settings">
      <p className={styles.note}>{t("settingsNote")}</p>
      <dl className={styles.settings} translate="no">
        {system.settings.map(({ name, value, is_default: isDefault }) => (
          <div key={name} className={isDefault ? styles.default : undefined}>
            <dt>{name}</dt>
            <dd>{value === "" ? "–" : value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

interface SectionProps {
  name: "service" | "storage" | "mail" | "keys" | "settings";
  children: Elements;
}

function Section({ name, children }: SectionProps) {
  const t = useTranslations("admin.system");
  return (
    <section className={styles.section} aria-labelledby={`system-${name}`}>
      <h2 id={`system-${name}`}>{t(name)}</h2>
      {children}
    </section>
  );
}

function useMoment(): (seconds: number) => string {
  const locale = useLocale();
  return (seconds) => momentText(locale, seconds);
}
