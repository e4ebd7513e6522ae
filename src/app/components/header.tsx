import { useTranslations } from "next-intl";
import { shared } from "../../server/start/shared";
import { localeCookieName } from "../i18n/locales";
import styles from "./header.module.css";
import { LanguageSwitch } from "./language-switch";
import { Mark } from "./mark";

/** On every page: who we are, and the choice of language. */
export function Header() {
  const t = useTranslations("app");
  return (
    <>
      <a href="#content" className={styles.skip}>
        {t("skip")}
      </a>
      <header className={styles.header}>
        <span className={styles.brand}>
          <Mark />
          <span translate="no">{t("name")}</span>
        </span>
        <LanguageSwitch cookieName={localeCookieName(shared().container.environment.appUrl.port)} />
      </header>
      <noscript>
        <p className={styles.noScript}>{t("noScript")}</p>
      </noscript>
    </>
  );
}
