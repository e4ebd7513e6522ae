"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import styles from "./admin.module.css";

/** A page for administrators is one line here. */
const places = [
  { href: "/admin", label: "overview" },
  { href: "/admin/people", label: "people" },
  { href: "/admin/invitations", label: "invitations" },
  { href: "/admin/applications", label: "applications" },
  { href: "/admin/audit", label: "audit" },
  { href: "/admin/system", label: "system" },
] as const;

/** Between the pages for administrators, and back to one's own account. */
export function AdminNav() {
  const t = useTranslations("admin.nav");
  const pathname = usePathname();
  const isHere = (href: string) =>
    href === "/admin" ? pathname === href : pathname === href || pathname.startsWith(`${href}/`);
  return (
    <nav className={styles.nav} aria-label={t("label")}>
      <ul className={styles.places}>
        {places.map(({ href, label }) => (
          <li key={href}>
            <Link
              className={styles.place}
              href={href}
              prefetch={false}
              aria-current={isHere(href) ? "page" : undefined}
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
