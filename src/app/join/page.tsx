import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { shared } from "../../server/start/shared";
import { Card } from "../components/card";
import { ClientMessages } from "../components/client-messages";
import { JoinCard } from "./join-card";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("join");
  return { title: t("title") };
}

/** What an invitation's link opens. Opening it changes nothing, also when its scripts run. */
export default function JoinPage() {
  const { passwordMinLength, appUrl } = shared().container.environment;
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
          "roles",
        ]}
      >
        <JoinCard minLength={passwordMinLength} host={appUrl.host} />
      </ClientMessages>
    </Card>
  );
}
