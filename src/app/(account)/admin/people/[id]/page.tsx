import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { AdminPage } from "../../admin-page";
import { Person } from "./person";

interface PersonPageProps {
  params: Promise<{ id: string }>;
}

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("admin.person");
  return { title: t("title") };
}

export default async function PersonPage({ params }: PersonPageProps) {
  const { id } = await params;
  return (
    <AdminPage address={`/admin/people/${id}`}>
      <Person id={id} />
    </AdminPage>
  );
}
