import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { PageTitle } from "../../components/page-title";
import { AdminPage } from "./admin-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("admin.overview");
  return { title: t("title") };
}

export default async function OverviewPage() {
  const t = await getTranslations("admin.overview");
  return (
    <AdminPage address="/admin">
      <PageTitle title={t("title")}>{t("lead")}</PageTitle>
    </AdminPage>
  );
}
