import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { shared } from "../../../../server/start/shared";
import { PageTitle } from "../../../components/page-title";
import { AdminPage } from "../admin-page";
import { Applications } from "./applications";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("admin.applications");
  return { title: t("title") };
}

export default async function ApplicationsPage() {
  const t = await getTranslations("admin.applications");
  return (
    <AdminPage address="/admin/applications">
      <PageTitle title={t("title")}>{t("lead")}</PageTitle>
      <Applications issuer={shared().container.environment.appUrl.origin} />
    </AdminPage>
  );
}
