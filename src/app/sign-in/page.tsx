import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { readPageSession } from "../../server/page-session";
import { shared } from "../../server/shared";
import { Card } from "../components/card";
import { ClientMessages } from "../components/client-messages";
import { PageTitle } from "../components/page-title";
import { safeReturnAddress } from "../lib/return-address";
import { SignInForm } from "./sign-in-form";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("signIn");
  return { title: t("title") };
}

interface SignInPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function SignInPage({ searchParams }: SignInPageProps) {
  const returnAddress = safeReturnAddress((await searchParams).return);
  const session = await readPageSession();
  if (session.status === "signed_in") redirect(returnAddress);
  const t = await getTranslations("signIn");
  const hasAccounts = await shared().container.accounts.hasAny();
  return (
    <Card size="narrow">
      <PageTitle title={t("title")}>{hasAccounts ? null : t("noAccountYet")}</PageTitle>
      <ClientMessages namespaces={["fields", "connection", "signIn"]}>
        <SignInForm returnAddress={returnAddress} />
      </ClientMessages>
    </Card>
  );
}
