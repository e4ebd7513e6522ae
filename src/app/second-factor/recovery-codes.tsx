"use client";

import { useLocale, useTranslations } from "next-intl";
import { useEffect, useRef } from "react";
import { Button } from "../components/button";
import styles from "./second-factor.module.css";

interface RecoveryCodesProps {
  codes: readonly string[];
  /** The person says that they are kept. */
  onKept: () => void;
}

/** New recovery codes, on a sheet that can be printed. They are shown this once. */
export function RecoveryCodes({ codes, onKept }: RecoveryCodesProps) {
  const t = useTranslations("secondFactor.codes");
  const locale = useLocale();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const today = new Intl.DateTimeFormat(locale, { dateStyle: "long" }).format(new Date());
  return (
    <section className={styles.sheet} aria-labelledby="recovery-codes-title">
      <h2 id="recovery-codes-title" ref={title} tabIndex={-1}>
        {t("title")}
      </h2>
      <p>{t("hint")}</p>
      <p className={styles.date}>{t("made", { service: window.location.host, date: today })}</p>
      <ul className={styles.codes} translate="no">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className={styles.ways}>
        <Button id="codes-kept" look="primary" onClick={onKept}>
          {t("kept")}
        </Button>
        <Button onClick={() => window.print()}>{t("print")}</Button>
      </div>
    </section>
  );
}
