"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import styles from "../admin/admin.module.css";

/** A page of the account is one line here. */
const places = [
  { href: "/account", label: "profile" },
  { href: "/account/security", label: "security" },
  { href: "/account/activity", label: "activity" },
  { href: "/account/applications", label: "applications" },
] as const;

/** Between the pages of one's own account, and back to where one is signed in. */
export function AccountNav() {
  const t = useTranslations("account.nav");
  const pathname = usePathname();
  return (
    <nav className={styles.nav} aria-label={t("label")}>
      <ul className={styles.places}>
        {places.map(({ href, label }) => (
          <li key={href}>
            <Link
              className={styles.place}
              href={href}
              prefetch={false}
              aria-current={pathname === href ? "page" : undefined}
            >
              {t(label)}
            </Link>
          </li>
        ))}
        <li className={styles.back}>
          <Link className={styles.place} href="/" prefetch={false}>
            {t("back")}
          </Link>
        </li>
      </ul>
    </nav>
  );
}
