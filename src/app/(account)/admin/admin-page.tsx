import { getTranslations } from "next-intl/server";
import { ButtonLink } from "../../components/button";
import type { Elements } from "../../components/elements";
import { PageTitle } from "../../components/page-title";
import { readAccountPageSession } from "../../lib/account-page";
import { Providers } from "../home/providers";
import { Restoring } from "../restoring";

interface AdminPageProps {
  /** Where a sign-in leads back to. */
  address: string;
  children: Elements;
}

/** What every page for administrators begins with. It decides what is shown; the calls decide what is known and done. */
export async function AdminPage({ address, children }: AdminPageProps) {
  const session = await readAccountPageSession(address);
  if (!session) return <Restoring address={address} />;
  if (!session.isAdministrator) return <NotAllowed />;
  return <Providers>{children}</Providers>;
}

async function NotAllowed() {
  const t = await getTranslations("admin.notAllowed");
  return (
    <>
      <PageTitle title={t("title")}>{t("text")}</PageTitle>
      <ButtonLink look="primary" href="/">
        {t("home")}
      </ButtonLink>
    </>
  );
}
