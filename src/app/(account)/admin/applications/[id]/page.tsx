import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { shared } from "../../../../../server/start/shared";
import { AdminPage } from "../../admin-page";
import { Application } from "./application";

interface ApplicationPageProps {
  params: Promise<{ id: string }>;
}

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("admin.applications");
  return { title: t("one") };
}

export default async function ApplicationPage({ params }: ApplicationPageProps) {
  const { id } = await params;
  return (
    <AdminPage address={`/admin/applications/${id}`}>
      <Application id={id} issuer={shared().container.environment.appUrl.origin} />
    </AdminPage>
  );
}
