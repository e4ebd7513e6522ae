"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { steadyStream } from "../../../../client/calls/steady-stream";
import { withinTime } from "../../../../client/calls/time-limit";
import type { ListAuditInput } from "../../../../contract/audit";
import { BusyButton } from "../../../components/button";
import { StatusLine } from "../../../components/status-line";
import { countersign } from "../../../lib/countersign";
import { Command } from "../people/[id]/act";
import styles from "./audit.module.css";

/** The first page of events is made before anything is answered. */
const FIRST_ANSWER_IN_MS = 30_000;

const formats = {
  ndjson: "application/x-ndjson",
  csv: "text/csv",
} as const;

/** Takes along all that the filters let through, not only what is shown. */
export function Export({ query }: { query: ListAuditInput }) {
  const t = useTranslations("admin.audit");
  const [busy, setBusy] = useState<keyof typeof formats | null>(null);
  const [hasFailed, setFailed] = useState(false);
  async function take(format: keyof typeof formats) {
    setBusy(format);
    setFailed(false);
    try {
      save(await fetchAll(query, formats[format]), `audit.${format}`);
    } catch {
      setFailed(true);
    }
    setBusy(null);
  }
  return (
    <section className={styles.export} aria-labelledby="export">
      <h2 id="export">{t("export.title")}</h2>
      <p>{t("export.text")}</p>
      <div className={styles.buttons}>
        {(Object.keys(formats) as (keyof typeof formats)[]).map((format) => (
          <BusyButton
            key={format}
            busy={busy !== null}
            busyLabel={t("export.working")}
            onClick={() => void take(format)}
          >
            {t(`export.${format}`)}
          </BusyButton>
        ))}
      </div>
      <StatusLine tone="error">{hasFailed ? t("export.failed") : null}</StatusLine>
      <Command text="audit --json" />
    </section>
  );
}

/** @throws when the service refuses, when nothing comes for 40 seconds, and when the answer breaks off */
async function fetchAll(query: ListAuditInput, accept: string): Promise<Blob> {
  const url = new URL("/api/admin/audit", window.location.origin);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  const sent = countersign().fetch(url.href, { headers: { accept } });
  const response = await withinTime("network", sent, FIRST_ANSWER_IN_MS);
  if (!response.ok || !response.body) throw new Error("refused");
  return new Response(steadyStream(response.body)).blob();
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has begun to save it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
