"use client";

import { useTranslations } from "next-intl";
import { QrPicture } from "../sign-in/qr/qr-picture";
import styles from "./second-factor.module.css";

/** What an authenticator app is given: a code to scan, and the same as text. */
export function AppSecret({ secret, otpauthUri }: { secret: string; otpauthUri: string }) {
  const t = useTranslations("secondFactor.app");
  const groups = secret.match(/.{1,4}/g) ?? [];
  return (
    <>
      <div className={styles.picture}>
        <QrPicture payload={otpauthUri} name={t("qrName")} />
      </div>
      <p>{t("byHand")}</p>
      <p>
        <code id="app-secret" className={styles.secret} translate="no">
          {groups.join(" ")}
        </code>
      </p>
    </>
  );
}
