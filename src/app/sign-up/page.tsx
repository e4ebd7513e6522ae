import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { readPageSession } from "../../server/start/page-session";
import { shared } from "../../server/start/shared";
import { ButtonLink } from "../components/button";
import { Card } from "../components/card";
import { ClientMessages } from "../components/client-messages";
import { PageTitle } from "../components/page-title";
import { SignUpCard } from "./sign-up-card";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("signUp");
  return { title: t("title") };
}

/** Where people make accounts of their own without an invitation; where that is off, what they can do instead. */
export default async function SignUpPage() {
  const { accounts, environment } = shared().container;
  const { passwordMinLength, appUrl, signUp } = environment;
  if ((await readPageSession()).status === "signed_in") redirect("/");
  if (signUp.for !== "open" || !(await accounts.hasAny())) return <Closed />;
  return (
    <Card size="narrow">
      <ClientMessages
        namespaces={[
          "fields",
          "connection",
          "signIn",
          "secondFactor",
          "weakPassword",
          "setup",
          "join",
          "signUp",
        ]}
      >
        <SignUpCard minLength={passwordMinLength} host={appUrl.host} domains={signUp.domains} />
      </ClientMessages>
    </Card>
  );
}

async function Closed() {
  const t = await getTranslations("signUp");
  return (
    <Card size="narrow">
      <PageTitle title={t("closedTitle")}>{t("closed")}</PageTitle>
      <ButtonLink look="primary" width="full" href="/sign-in">
        {t("toSignIn")}
      </ButtonLink>
    </Card>
  );
}
