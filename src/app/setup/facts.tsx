"use client";

import { useTranslations } from "next-intl";
import { useSyncExternalStore } from "react";
import styles from "./facts.module.css";
import { isSamePlace } from "./same-place";
import { useSeenAddress } from "./use-setup";

const never = () => () => {};

/** What the server believes about addresses, so that a wrong proxy set-up is found now and not in later alerts. */
export function Facts({ publicAddress }: { publicAddress: string }) {
  const t = useTranslations("setup");
  const seen = useSeenAddress();
  const here = useSyncExternalStore(
    never,
    () => window.location.origin,
    () => publicAddress,
  );
  return (
    <section className={styles.facts} aria-labelledby="facts-title">
      <h2 id="facts-title" className={styles.title}>
        {t("facts")}
      </h2>
      <dl className={styles.list}>
        <dt>{t("publicAddress")}</dt>
        <dd translate="no">{publicAddress}</dd>
        <dt>{t("clientAddress")}</dt>
        <dd>{seen === undefined ? "…" : (seen ?? t("clientUnknown"))}</dd>
      </dl>
      {isSamePlace(here, publicAddress) ? (
        <p className={styles.hint}>{t("addressHint")}</p>
      ) : (
        <p className={styles.warning}>{t("addressDiffers", { here })}</p>
      )}
    </section>
  );
}
