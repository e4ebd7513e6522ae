import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { readPageSession } from "../../server/start/page-session";
import { shared } from "../../server/start/shared";
import { ButtonLink } from "../components/button";
import { Card } from "../components/card";
import { ClientMessages } from "../components/client-messages";
import { PageTitle } from "../components/page-title";
import { safeReturnAddress } from "../lib/return-address";
import { ForgotPassword } from "./forgot-password";
import { QrSection } from "./qr/qr-section";
import styles from "./sign-in-card.module.css";
import { SignInForm } from "./sign-in-form";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("signIn");
  return { title: t("title") };
}

interface SignInPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function SignInPage({ searchParams }: SignInPageProps) {
  const { accounts, environment } = shared().container;
  const returnAddress = safeReturnAddress((await searchParams).return, environment.returnOrigins);
  const session = await readPageSession();
  if (session.status === "signed_in") redirect(returnAddress);
  const t = await getTranslations("signIn");
  const hasAccounts = await accounts.hasAny();
  const form = (
    <>
      <PageTitle title={t("title")}>{hasAccounts ? null : t("noAccountYet")}</PageTitle>
      <SignInForm returnAddress={returnAddress} />
      {hasAccounts && <ForgotPassword sendsMail={environment.mail !== null} />}
      {hasAccounts && environment.signUp.for === "open" && (
        <ButtonLink width="full" href="/sign-up">
          {t("signUp")}
        </ButtonLink>
      )}
    </>
  );
  return (
    <ClientMessages namespaces={["fields", "connection", "signIn", "secondFactor", "qrSignIn"]}>
      {/* Before there is an account, no phone can be signed in. */}
      {hasAccounts ? (
        <Card size="pair">
          <div className={styles.columns}>
            <div className={styles.form}>{form}</div>
            <QrSection returnAddress={returnAddress} appUrl={environment.appUrl} />
          </div>
        </Card>
      ) : (
        <Card size="narrow">{form}</Card>
      )}
    </ClientMessages>
  );
}
