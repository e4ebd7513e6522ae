"use client";

import { useTranslations } from "next-intl";
import { VisuallyHidden } from "../../components/visually-hidden";
import styles from "./asking.module.css";

/** Six digits to be typed at the computer: somebody who cannot see this screen cannot go on there. */
export function MatchCode({ code, isEntered }: { code: string; isEntered: boolean }) {
  const t = useTranslations("approval");
  const middle = code.length / 2;
  return (
    <div className={styles.match}>
      <p>{t("typeCode")}</p>
      <p id="match-code" className={styles.digits} translate="no">
        {/* Read one by one: as one number they could not be typed along. */}
        <VisuallyHidden>{[...code].join(" ")}</VisuallyHidden>
        <span aria-hidden="true">{code.slice(0, middle)}</span>
        <span aria-hidden="true">{code.slice(middle)}</span>
      </p>
      <p id="match-state" className={styles.matchState}>
        {t(isEntered ? "codeEntered" : "codeFirst")}
      </p>
    </div>
  );
}
