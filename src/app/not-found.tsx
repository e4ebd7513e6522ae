import type { Metadata } from "next";
import { useTranslations } from "next-intl";
import { getTranslations } from "next-intl/server";
import { ButtonLink } from "./components/button";
import { Card } from "./components/card";
import { PageTitle } from "./components/page-title";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("notFound");
  return { title: t("title") };
}

export default function NotFound() {
  const t = useTranslations("notFound");
  return (
    <Card size="narrow" align="centre">
      <PageTitle title={t("title")}>{t("text")}</PageTitle>
      <ButtonLink look="primary" width="full" href="/">
        {t("home")}
      </ButtonLink>
    </Card>
  );
}
