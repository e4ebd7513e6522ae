import type { ReactNode } from "react";
import { ClientMessages } from "../components/client-messages";
import { ReloadOnReturn } from "../components/reload-on-return";
import { SessionWatch } from "./session-watch";
import { SignInNotice } from "./sign-in-notice";

/** Of every page that belongs to someone. */
export default function AccountLayout({ children }: { children: ReactNode }) {
  return (
    <ClientMessages
      namespaces={[
        "fields",
        "connection",
        "restoring",
        "home",
        "notices",
        "passkeys",
        "secondFactor",
        "stepUp",
        "password",
        "weakPassword",
      ]}
    >
      <SessionWatch />
      <ReloadOnReturn />
      <SignInNotice />
      {children}
    </ClientMessages>
  );
}
