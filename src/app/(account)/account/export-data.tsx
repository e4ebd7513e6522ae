"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { trpc } from "../../../client/react/trpc";
import { BusyButton } from "../../components/button";
import homeStyles from "../home/home.module.css";
import type { Report } from "../home/report";
import { useStepUp } from "../step-up/use-step-up";

interface ExportDataProps {
  username: string;
  onReport: (report: Report) => void;
}

/** All that is stored about one, as a file. */
export function ExportData({ username, onReport }: ExportDataProps) {
  const t = useTranslations("account.export");
  const utils = trpc.useUtils();
  const ask = useStepUp();
  const [isBusy, setIsBusy] = useState(false);

  async function download() {
    setIsBusy(true);
    try {
      // Nothing of it stays in the page.
      const data = await utils.account.export.fetch(undefined, { gcTime: 0, staleTime: 0, retry: false });
      save(`countersign-${username}-${data.exported_at.slice(0, 10)}.json`, JSON.stringify(data, null, 2));
      onReport({ tone: "calm", words: (said) => said("account.export.done") });
    } catch (error) {
      if (!ask(error, () => void download()))
        onReport({ tone: "error", words: (said) => said("home.actionFailed") });
    }
    setIsBusy(false);
  }
  return (
    <section className={homeStyles.section} aria-labelledby="export-title">
      <h2 id="export-title">{t("title")}</h2>
      <p>{t("text")}</p>
      <div>
        <BusyButton id="export-data" busy={isBusy} busyLabel={t("working")} onClick={() => void download()}>
          {t("download")}
        </BusyButton>
      </div>
    </section>
  );
}

function save(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
