import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { shared } from "../../server/start/shared";
import { Card } from "../components/card";
import { ClientMessages } from "../components/client-messages";
import { RecoverCard } from "./recover-card";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("recover");
  return { title: t("title") };
}

/** What a recovery link opens, and where somebody comes who has forgotten the password. Opening it changes nothing, also when its scripts run. */
export default function RecoverPage() {
  const { passwordMinLength, mail } = shared().container.environment;
  return (
    <Card size="narrow">
      <ClientMessages namespaces={["fields", "connection", "weakPassword", "recover"]}>
        <RecoverCard minLength={passwordMinLength} sendsMail={mail !== null} />
      </ClientMessages>
    </Card>
  );
}
