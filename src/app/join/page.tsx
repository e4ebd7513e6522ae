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
  const { passwordMinLength, relyingParty, appUrl } = shared().container.environment;
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
          "passkeys",
          "join",
          "roles",
        ]}
      >
        <JoinCard minLength={passwordMinLength} takesPasskeys={relyingParty !== null} host={appUrl.host} />
      </ClientMessages>
    </Card>
  );
}
