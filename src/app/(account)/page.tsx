import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Card } from "../components/card";
import { readAccountPageSession } from "../lib/account-page";
import { Home } from "./home/home";
import { Restoring } from "./restoring";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("home");
  return { title: t("title") };
}

export default async function HomePage() {
  const session = await readAccountPageSession("/");
  return (
    <Card size="wide">
      {session ? (
        <Home
          displayName={session.displayName}
          isNamed={session.isNamed}
          isAdministrator={session.isAdministrator}
        />
      ) : (
        <Restoring address="/" />
      )}
    </Card>
  );
}
