"use client";

import { useTranslations } from "next-intl";
import type { ShownCode } from "../../../client/qr";
import { Button } from "../../components/button";
import styles from "./qr-panel.module.css";
import { QrPicture } from "./qr-picture";
import { StateTitle } from "./state-title";

/** The last code, dimmed so that nobody scans it, and a button for another. */
export function ExpiredScreen({ code, onRefresh }: { code: ShownCode | null; onRefresh: () => void }) {
  const t = useTranslations("qrSignIn");
  return (
    <div className={styles.expired}>
      <StateTitle title={t("expired.title")} />
      <div className={styles.dimmed} aria-hidden="true">
        {code ? (
          <QrPicture payload={code.payload} name={t("expired.title")} />
        ) : (
          <div className={styles.plate} />
        )}
      </div>
      <div className={styles.cover}>
        <h3 className={styles.title}>{t("expired.title")}</h3>
        <Button look="primary" onClick={onRefresh}>
          {t("refresh")}
        </Button>
      </div>
    </div>
  );
}
