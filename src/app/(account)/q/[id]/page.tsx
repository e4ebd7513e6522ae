import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Card } from "../../../components/card";
import { readAccountPageSession } from "../../../lib/account-page";
import { ApprovalMessages } from "../../approval/approval-messages";
import { KeepInstallPrompt } from "../../install/keep-install-prompt";
import { Restoring } from "../../restoring";
import { ScannedLink } from "./scanned-link";

interface ScannedLinkPageProps {
  params: Promise<{ id: string }>;
}

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("approval");
  return { title: t("opening") };
}

/** What a QR code leads to when the phone's own camera app reads it. Opening it claims nothing: its script does, once. */
export default async function ScannedLinkPage({ params }: ScannedLinkPageProps) {
  const { id } = await params;
  const address = `/q/${id}`;
  const session = await readAccountPageSession(address);
  return (
    <ApprovalMessages>
      <KeepInstallPrompt />
      <Card size="narrow" place="top">
        {session ? (
          <ScannedLink qrId={id} displayName={session.displayName} />
        ) : (
          <Restoring address={address} />
        )}
      </Card>
    </ApprovalMessages>
  );
}
