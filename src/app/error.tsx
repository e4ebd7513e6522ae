"use client";

import { useTranslations } from "next-intl";
import { Button } from "./components/button";
import { Card } from "./components/card";
import { PageTitle } from "./components/page-title";
import { useTitle } from "./components/use-title";

/** A page that could not be made. The cause stays in the server's log. */
export default function PageError({ retry }: { error: unknown; retry: () => void }) {
  const t = useTranslations("crashed");
  useTitle(t("title"));
  return (
    <Card size="narrow" align="centre">
      <PageTitle title={t("title")}>{t("text")}</PageTitle>
      <Button look="primary" width="full" onClick={() => retry()}>
        {t("retry")}
      </Button>
    </Card>
  );
}
