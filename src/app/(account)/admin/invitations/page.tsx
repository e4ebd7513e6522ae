import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { shared } from "../../../../server/start/shared";
import { ClientMessages } from "../../../components/client-messages";
import { AdminPage } from "../admin-page";
import { InvitationsCard } from "./invitations-card";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("invitations");
  return { title: t("title") };
}

export default function InvitationsPage() {
  return (
    <ClientMessages namespaces={["fields", "connection", "home", "roles", "invitations", "invitationList"]}>
      <AdminPage address="/admin/invitations">
        <InvitationsCard sendsMail={shared().container.environment.mail !== null} />
      </AdminPage>
    </ClientMessages>
  );
}
