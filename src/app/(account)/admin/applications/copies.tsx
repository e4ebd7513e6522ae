"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "../../../components/button";
import { StatusLine } from "../../../components/status-line";
import styles from "./applications.module.css";

interface CopiesProps {
  issuer: string;
  clientId: string;
  /** Only where it was just made: it is shown this once. */
  secret?: string | null;
}

/** What belongs into the application. */
export function Copies({ issuer, clientId, secret = null }: CopiesProps) {
  const t = useTranslations("admin.applications.copies");
  const [told, setTold] = useState<"copied" | "notCopied" | null>(null);
  async function copy(text: string) {
    try {
      await navigator.clipboard.writeText(text);
      setTold("copied");
    } catch {
      setTold("notCopied");
    }
  }
  const lines = [
    ["issuer", issuer],
    ["clientId", clientId],
    ...(secret === null ? [] : ([["secret", secret]] as const)),
  ] as const;
  return (
    <>
      <dl className={styles.copies}>
        {lines.map(([name, text]) => (
          <div key={name} className={styles.copy}>
            <dt>{t(name)}</dt>
            <dd>
              <code className={styles.code} translate="no">
                {text}
              </code>
              <Button aria-label={t("copyNamed", { what: t(name) })} onClick={() => void copy(text)}>
                {t("copy")}
              </Button>
            </dd>
          </div>
        ))}
      </dl>
      {secret !== null && <p className={styles.once}>{t("once")}</p>}
      <StatusLine tone={told === "notCopied" ? "error" : "calm"}>{told && t(told)}</StatusLine>
    </>
  );
}
