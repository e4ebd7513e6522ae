import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Card } from "../../components/card";
import { readAccountPageSession } from "../../lib/account-page";
import { ApprovalMessages } from "../approval/approval-messages";
import { KeepInstallPrompt } from "../install/keep-install-prompt";
import { Restoring } from "../restoring";
import { Scan } from "./scan";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("scan");
  return { title: t("title") };
}

export default async function ScanPage() {
  const session = await readAccountPageSession("/scan");
  return (
    <ApprovalMessages>
      <KeepInstallPrompt />
      <Card size="narrow" place="top">
        {session ? <Scan displayName={session.displayName} /> : <Restoring address="/scan" />}
      </Card>
    </ApprovalMessages>
  );
}
