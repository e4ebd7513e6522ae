import { useTranslations } from "next-intl";
import { ButtonLink } from "../components/button";
import styles from "./forgot-password.module.css";

/** What helps without a password. It needs no script. */
export function ForgotPassword({ sendsMail }: { sendsMail: boolean }) {
  const t = useTranslations("forgot");
  return (
    <details className={styles.forgot}>
      <summary className={styles.summary}>{t("title")}</summary>
      <div className={styles.ways}>
        {sendsMail && <ButtonLink href="/recover">{t("mail")}</ButtonLink>}
        <p>{t("text")}</p>
        <p>{t("passkey")}</p>
        <p>
          <span>{t("operator")}</span>
          <code className={styles.command} translate="no">
            npm run -s countersign -- user recovery-link NAME
          </code>
        </p>
      </div>
    </details>
  );
}
