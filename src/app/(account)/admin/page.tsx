import type { Metadata } from "next";
import Link from "next/link";
import { getTranslations } from "next-intl/server";
import { PageTitle } from "../../components/page-title";
import styles from "./admin.module.css";
import { AdminPage } from "./admin-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("admin.overview");
  return { title: t("title") };
}

export default async function OverviewPage() {
  const t = await getTranslations("admin");
  return (
    <AdminPage address="/admin">
      <PageTitle title={t("overview.title")}>{t("overview.lead")}</PageTitle>
      <ul className={styles.overview}>
        <li>
          <Link className={styles.way} href="/admin/people" prefetch={false}>
            <strong>{t("nav.people")}</strong>
            <span>{t("overview.people")}</span>
          </Link>
        </li>
        <li>
          <Link className={styles.way} href="/admin/invitations" prefetch={false}>
            <strong>{t("nav.invitations")}</strong>
            <span>{t("overview.invitations")}</span>
          </Link>
        </li>
        <li>
          <Link className={styles.way} href="/admin/applications" prefetch={false}>
            <strong>{t("nav.applications")}</strong>
            <span>{t("overview.applications")}</span>
          </Link>
        </li>
        <li>
          <Link className={styles.way} href="/admin/audit" prefetch={false}>
            <strong>{t("nav.audit")}</strong>
            <span>{t("overview.audit")}</span>
          </Link>
        </li>
        <li>
          <Link className={styles.way} href="/admin/system" prefetch={false}>
            <strong>{t("nav.system")}</strong>
            <span>{t("overview.system")}</span>
          </Link>
        </li>
      </ul>
    </AdminPage>
  );
}
