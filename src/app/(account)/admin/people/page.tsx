import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { PageTitle } from "../../../components/page-title";
import { AdminPage } from "../admin-page";
import { People } from "./people";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("admin.people");
  return { title: t("title") };
}

export default async function PeoplePage() {
  const t = await getTranslations("admin.people");
  return (
    <AdminPage address="/admin/people">
      <PageTitle title={t("title")}>{t("lead")}</PageTitle>
      <People />
    </AdminPage>
  );
}
