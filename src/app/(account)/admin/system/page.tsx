import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { PageTitle } from "../../../components/page-title";
import { AdminPage } from "../admin-page";
import { SystemState } from "./system-state";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("admin.system");
  return { title: t("title") };
}

export default async function SystemPage() {
  const t = await getTranslations("admin.system");
  return (
    <AdminPage address="/admin/system">
      <PageTitle title={t("title")}>{t("lead")}</PageTitle>
      <SystemState />
    </AdminPage>
  );
}
