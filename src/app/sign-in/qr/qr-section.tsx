import { getTranslations } from "next-intl/server";
import { isLoopback } from "../../../contract/loopback";
import { RichText } from "../../components/rich-text";
import styles from "../sign-in-card.module.css";
import { QrPlace } from "./qr-place";

interface QrSectionProps {
  returnAddress: string;
  /** Of the service, as phones would have to reach it. */
  appUrl: URL;
}

/** How to sign in with a phone that is signed in, beside the form. */
export async function QrSection({ returnAddress, appUrl }: QrSectionProps) {
  const t = await getTranslations("qrSignIn");
  return (
    <section className={styles.qr} aria-labelledby="qr-title">
      <div className={styles.head}>
        <h2 id="qr-title">{t("title")}</h2>
        <ol className={styles.steps}>
          <li>{t("steps.open")}</li>
          <li>{t("steps.scan")}</li>
          <li>{t("steps.confirm")}</li>
        </ol>
      </div>
      <QrPlace returnAddress={returnAddress} />
      {isLoopback(appUrl) && (
        <p className={styles.note}>
          <RichText>{t.rich("localhost", { code: (text) => <code translate="no">{text}</code> })}</RichText>
        </p>
      )}
    </section>
  );
}
