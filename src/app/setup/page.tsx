import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { shared } from "../../server/start/shared";
import { Card } from "../components/card";
import { ClientMessages } from "../components/client-messages";
import { SetupCard, SetupClosed } from "./setup-card";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("setup");
  return { title: t("title") };
}

export default async function SetupPage() {
  const { accounts, environment } = shared().container;
  const isClosed = await accounts.hasAny();
  return (
    <Card size="narrow">
      <ClientMessages namespaces={["fields", "connection", "signIn", "weakPassword", "setup"]}>
        {isClosed ? (
          <SetupClosed />
        ) : (
          <SetupCard publicAddress={environment.appUrl.origin} minLength={environment.passwordMinLength} />
        )}
      </ClientMessages>
    </Card>
  );
}
