import type { ReactNode } from "react";
import { readPageSession } from "../../../server/start/page-session";
import { Card } from "../../components/card";
import { ClientMessages } from "../../components/client-messages";
import { AccountNav } from "./account-nav";

/** Of the pages about one's own account that one comes to seldom. */
export default async function AccountPagesLayout({ children }: { children: ReactNode }) {
  const session = await readPageSession();
  return (
    <ClientMessages
      namespaces={[
        "fields",
        "connection",
        "restoring",
        "home",
        "passkeys",
        "secondFactor",
        "emails",
        "stepUp",
        "password",
        "account",
        "audit",
        "roles",
      ]}
    >
      <Card size="wide">
        {session.status === "signed_in" && <AccountNav />}
        {children}
      </Card>
    </ClientMessages>
  );
}
