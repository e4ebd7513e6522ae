"use client";

import { useTranslations } from "next-intl";
import { Button } from "./components/button";
import { Card } from "./components/card";
import { PageTitle } from "./components/page-title";

/** A page that could not be made. The cause stays in the server's log. */
export default function PageError({ retry }: { error: unknown; retry: () => void }) {
  const t = useTranslations("crashed");
  return (
    <Card size="narrow" align="centre">
      <title>{t("title")}</title>
      <PageTitle title={t("title")}>{t("text")}</PageTitle>
      <Button look="primary" onClick={() => retry()}>
        {t("retry")}
      </Button>
    </Card>
  );
}
