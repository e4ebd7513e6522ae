import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { readAccountPageSession } from "../../../lib/account-page";
import { Providers } from "../../home/providers";
import { Restoring } from "../../restoring";
import { Security } from "./security";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("account.security");
  return { title: t("title") };
}

export default async function SecurityPage() {
  const address = "/account/security";
  if (!(await readAccountPageSession(address))) return <Restoring address={address} />;
  return (
    <Providers>
      <Security />
    </Providers>
  );
}
