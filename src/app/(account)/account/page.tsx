import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { readAccountPageSession } from "../../lib/account-page";
import { Providers } from "../home/providers";
import { Restoring } from "../restoring";
import { Profile } from "./profile";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("account.profile");
  return { title: t("title") };
}

export default async function ProfilePage() {
  if (!(await readAccountPageSession("/account"))) return <Restoring address="/account" />;
  return (
    <Providers>
      <Profile />
    </Providers>
  );
}
