import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { readAccountPageSession } from "../../../lib/account-page";
import { Providers } from "../../home/providers";
import { Restoring } from "../../restoring";
import { Applications } from "./applications";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("account.applications");
  return { title: t("title") };
}

export default async function ApplicationsPage() {
  const address = "/account/applications";
  if (!(await readAccountPageSession(address))) return <Restoring address={address} />;
  return (
    <Providers>
      <Applications />
    </Providers>
  );
}
