import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { PageTitle } from "../../../components/page-title";
import { AdminPage } from "../admin-page";
import { Audit } from "./audit";
import { filtersOf, searchOf } from "./filters";

interface AuditPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("admin.audit");
  return { title: t("title") };
}

export default async function AuditPage({ searchParams }: AuditPageProps) {
  const t = await getTranslations("admin.audit");
  const given = await searchParams;
  const filters = filtersOf((name) => {
    const value = given[name];
    return typeof value === "string" ? value : null;
  });
  return (
    <AdminPage address={`/admin/audit${searchOf(filters)}`}>
      <PageTitle title={t("title")}>{t("lead")}</PageTitle>
      <Audit />
    </AdminPage>
  );
}
