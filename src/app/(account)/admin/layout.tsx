import type { ReactNode } from "react";
import { readPageSession } from "../../../server/start/page-session";
import { Card } from "../../components/card";
import { ClientMessages } from "../../components/client-messages";
import { AdminNav } from "./admin-nav";

/** Of the pages for owners and admins. What they show comes by calls that ask for the role again. */
export default async function AdminLayout({ children }: { children: ReactNode }) {
  const session = await readPageSession();
  return (
    <ClientMessages
      namespaces={[
        "fields",
        "connection",
        "restoring",
        "home",
        "secondFactor",
        "stepUp",
        "password",
        "admin",
        "audit",
        "roles",
      ]}
    >
      <Card size="wide">
        {session.status === "signed_in" && session.isAdministrator && <AdminNav />}
        {children}
      </Card>
    </ClientMessages>
  );
}
