import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { readAccountPageSession } from "../../../lib/account-page";
import { Providers } from "../../home/providers";
import { Restoring } from "../../restoring";
import { Activity } from "./activity";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("account.activity");
  return { title: t("title") };
}

export default async function ActivityPage() {
  const address = "/account/activity";
  if (!(await readAccountPageSession(address))) return <Restoring address={address} />;
  return (
    <Providers>
      <Activity />
    </Providers>
  );
}
