import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { shared } from "../../../server/start/shared";
import { Card } from "../../components/card";
import { readAccountPageSession } from "../../lib/account-page";
import { Restoring } from "../restoring";
import { PasswordCard } from "./password-card";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("password");
  return { title: t("title") };
}

export default async function PasswordPage() {
  const session = await readAccountPageSession("/password");
  const { passwordMinLength } = shared().container.environment;
  return (
    <Card size="narrow" place="top">
      {session ? <PasswordCard minLength={passwordMinLength} /> : <Restoring address="/password" />}
    </Card>
  );
}
