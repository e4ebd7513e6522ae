"use client";

import { useTranslations } from "next-intl";
import { trpc } from "../../../client/react/trpc";
import { RouteLink } from "../route-link";
import styles from "./home.module.css";

/** So few recovery codes are left that it is time for new ones. */
const FEW_CODES = 3;

/** By what the user signs in, in a line each, and the way to the page that changes it. */
export function WaysIn() {
  const t = useTranslations("home.waysIn");
  const overview = trpc.security.overview.useQuery().data;
  if (!overview) return null;
  const { password, passkeys, totp, recovery_codes_left: left, second_factor: policy } = overview;
  const emails = overview.emails.filter(({ verified }) => verified).length;
  return (
    <section className={styles.section} aria-labelledby="ways-in-title">
      <div className={styles.sectionHead}>
        <h2 id="ways-in-title" tabIndex={-1}>
          {t("title")}
        </h2>
        <RouteLink href="/account/security">{t("change")}</RouteLink>
      </div>
      <ul className={styles.facts}>
        <li>{t(password ? "password" : "noPassword")}</li>
        <li>{t("passkeys", { n: passkeys.length })}</li>
        {(policy !== "off" || totp) && <li>{t(totp ? "app" : "noApp")}</li>}
        {totp && (
          <li>
            {left > FEW_CODES ? t("codes", { n: left }) : <strong>{t("fewCodes", { n: left })}</strong>}
          </li>
        )}
        {(overview.sends_mail || emails > 0) && <li>{t("emails", { n: emails })}</li>}
      </ul>
    </section>
  );
}
