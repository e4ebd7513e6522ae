import type { Metadata } from "next";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { hasRefreshCookie, readPageSession } from "../../server/start/page-session";
import { Card } from "../components/card";
import { ClientMessages } from "../components/client-messages";
import { SignOut } from "./sign-out";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("signOut");
  return { title: t("title") };
}

/** Where protected sites lead to. It asks: another site can make a browser open it, and is not to sign anyone out. */
export default async function SignOutPage() {
  const session = await readPageSession();
  // Coming from another site, the browser holds back the cookie of the refresh (SameSite=Strict): it may be there.
  const mayHoldBack = (await headers()).get("sec-fetch-site") === "cross-site";
  if (session.status === "unknown" && !mayHoldBack && !(await hasRefreshCookie())) redirect("/signed-out");
  return (
    <ClientMessages namespaces={["signOut", "home"]}>
      <Card size="narrow" align="centre">
        <SignOut />
      </Card>
    </ClientMessages>
  );
}
