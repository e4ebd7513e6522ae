import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { shared } from "../../server/start/shared";
import { ButtonLink } from "../components/button";
import { Card } from "../components/card";
import { ClientMessages } from "../components/client-messages";
import { PageTitle } from "../components/page-title";
import { readAccountPageSession } from "../lib/account-page";
import { HandOver } from "./hand-over";

interface HandOverPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("handOver");
  // The form that leaves has to say where it comes from, and no more: see src/proxy.ts.
  return { title: t("title"), referrer: "strict-origin" };
}

/** Leads a browser that is signed in to a protected site, which its proxy sent here. It opens nothing: its script does. */
export default async function HandOverPage({ searchParams }: HandOverPageProps) {
  const { site: host, state, failed } = await searchParams;
  const site = typeof host === "string" ? shared().container.protectedSites.findByHost(host) : undefined;
  if (typeof host !== "string" || site === undefined) return <Unlisted />;
  const isComplete = failed === undefined && typeof state === "string" && /^[\w-]{22}$/.test(state);
  if (!isComplete) return <Failed site={site} host={host} />;
  const address = `/hand-over?site=${encodeURIComponent(host)}&state=${state}`;
  await readAccountPageSession(address);
  return (
    <ClientMessages namespaces={["handOver", "connection"]}>
      <Card size="narrow">
        <HandOver site={site} host={host} state={state} address={address} />
      </Card>
    </ClientMessages>
  );
}

/** It does not repeat the name: the maker of the address could make it say anything. */
async function Unlisted() {
  const t = await getTranslations("handOver");
  return (
    <Card size="narrow" align="centre">
      <PageTitle title={t("unlistedTitle")}>{t("unlisted")}</PageTitle>
      <ButtonLink look="primary" width="full" href="/">
        {t("home")}
      </ButtonLink>
    </Card>
  );
}

async function Failed({ site, host }: { site: string; host: string }) {
  const t = await getTranslations("handOver");
  return (
    <Card size="narrow" align="centre">
      <PageTitle title={t("failedTitle")}>{t("failed", { site: host })}</PageTitle>
      <ButtonLink look="primary" width="full" href={`${site}/`}>
        {t("again", { site: host })}
      </ButtonLink>
    </Card>
  );
}
