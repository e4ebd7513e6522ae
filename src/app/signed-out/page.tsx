import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { readPageSession } from "../../server/start/page-session";
import { ButtonLink } from "../components/button";
import { Card } from "../components/card";
import { PageTitle } from "../components/page-title";
import { ReloadOnReturn } from "../components/reload-on-return";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("signedOut");
  return { title: t("title") };
}

export default async function SignedOutPage() {
  // By the Back button one may come here after having signed in again: then this would be untrue.
  const session = await readPageSession();
  if (session.status === "signed_in") redirect("/");
  const t = await getTranslations("signedOut");
  return (
    <Card size="narrow" align="centre">
      <ReloadOnReturn />
      <PageTitle title={t("text")}>{t("hint")}</PageTitle>
      <ButtonLink look="primary" width="full" href="/sign-in">
        {t("again")}
      </ButtonLink>
    </Card>
  );
}
