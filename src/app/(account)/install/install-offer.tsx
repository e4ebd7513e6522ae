"use client";

import { useTranslations } from "next-intl";
import { Button } from "../../components/button";
import styles from "./install-offer.module.css";
import { putAway, showInstallPrompt, useInstallWay } from "./install-prompt";

/** Offers to put the scanner on the home screen, to somebody who has just used it. "No thanks" is remembered for ever. */
export function InstallOffer() {
  const t = useTranslations("install");
  const way = useInstallWay();
  if (way === "none") return null;
  return (
    <section id="install-offer" className={styles.offer} aria-labelledby="install-title">
      <h2 id="install-title">{t("title")}</h2>
      <p className={styles.text}>{t(way === "ios" ? "ios" : "text")}</p>
      <div className={styles.ways}>
        {way === "prompt" && <Button onClick={() => void showInstallPrompt()}>{t("install")}</Button>}
        <Button look="plain" onClick={putAway}>
          {t("notNow")}
        </Button>
      </div>
    </section>
  );
}
