import type { ReactNode } from "react";
import { ClientMessages } from "../../components/client-messages";

/** The words of scanning and approving, for the pages that do it and for no others. */
export function ApprovalMessages({ children }: { children: ReactNode }) {
  return (
    <ClientMessages
      namespaces={[
        "fields",
        "connection",
        "restoring",
        "home",
        "notices",
        "stepUp",
        "scan",
        "approval",
        "install",
      ]}
    >
      {children}
    </ClientMessages>
  );
}
