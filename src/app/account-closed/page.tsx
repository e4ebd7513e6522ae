import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { readPageSession } from "../../server/start/page-session";
import { ButtonLink } from "../components/button";
import { Card } from "../components/card";
import { PageTitle } from "../components/page-title";
import { ReloadOnReturn } from "../components/reload-on-return";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("accountClosed");
  return { title: t("title") };
}

/** After one has asked for the deletion of the account. */
export default async function AccountClosedPage() {
  const session = await readPageSession();
  if (session.status === "signed_in") redirect("/");
  const t = await getTranslations("accountClosed");
  return (
    <Card size="narrow" align="centre">
      <ReloadOnReturn />
      <PageTitle title={t("title")}>{t("text")}</PageTitle>
      <ButtonLink width="full" href="/sign-in">
        {t("signIn")}
      </ButtonLink>
    </Card>
  );
}
