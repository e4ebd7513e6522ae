"use client";

import { useTranslations } from "next-intl";
import { useCallback, useEffect, useState } from "react";
import { trpc } from "../../../client/react/trpc";
import { Button } from "../../components/button";
import { StatusLine } from "../../components/status-line";
import { useOnline } from "../../components/use-online";
import { askAgain } from "../../lib/ask-again";
import { countersign } from "../../lib/countersign";
import { leave } from "../../lib/leaving";
import { canKeepPasskeys } from "../../lib/passkey-offer";
import styles from "./home.module.css";
import { HomeHead, type Who } from "./home-head";
import { Notices } from "./notices";
import { PasskeyOffer } from "./passkey-offer";
import { Providers } from "./providers";
import type { Report } from "./report";
import { SessionSkeleton } from "./session-skeleton";
import { Sessions } from "./sessions";
import { type HomeDataState, useHomeData } from "./use-home-data";
import { useLive } from "./use-live";
import { usePasskeySignals } from "./use-passkey-signals";
import { WaysIn } from "./ways-in";

/** The page of the signed-in user. The name comes with the page; everything else by calls with a proof. */
export function Home(who: Who) {
  return (
    <Providers>
      <HomeContent {...who} />
    </Providers>
  );
}

function HomeContent(who: Who) {
  const t = useTranslations();
  const isOnline = useOnline();
  const [report, setReport] = useState<Report | null>(null);
  const utils = trpc.useUtils();
  useLive(
    useCallback(() => {
      const { sessions, auth, passkeys, security } = utils;
      void askAgain(sessions.list, sessions.notices, auth.me, passkeys.list, security.overview);
    }, [utils]),
  );
  useFinishedSignOut();
  usePasskeySignals();
  const data = useHomeData();
  const keepsPasskeys = useKeepsPasskeys();
  const said = report ?? data.report;
  return (
    <div className={styles.home}>
      <HomeHead {...who} onReport={setReport} />
      <StatusLine tone={said?.tone ?? "calm"}>{isOnline ? said?.words(t) : t("home.offline")}</StatusLine>
      <HomeData data={data} keepsPasskeys={keepsPasskeys} onReport={setReport} />
    </div>
  );
}

interface HomeDataProps {
  data: HomeDataState;
  keepsPasskeys: boolean;
  onReport: (report: Report) => void;
}

/** What is loaded appears at once and together: a notice that came later would push the sessions down. */
function HomeData({ data, keepsPasskeys, onReport }: HomeDataProps) {
  const t = useTranslations();
  if (data.status === "failed") {
    return (
      <div className={styles.empty}>
        <p>{t("home.loadFailed")}</p>
        <Button onClick={data.retry}>{t("connection.retry")}</Button>
      </div>
    );
  }
  if (data.status === "loading") {
    return (
      <>
        <SessionSkeleton label={t("home.loading")} />
        {data.report?.tone === "error" && <Button onClick={data.retry}>{t("connection.retry")}</Button>}
      </>
    );
  }
  return (
    <>
      <Notices onReport={onReport} />
      <PasskeyOffer isAble={keepsPasskeys} onReport={onReport} />
      <Sessions onReport={onReport} />
      <WaysIn />
    </>
  );
}

/** Asked for at once, beside the calls: it is known when they are answered. */
function useKeepsPasskeys(): boolean {
  const [isAble, setIsAble] = useState(false);
  useEffect(() => {
    void canKeepPasskeys().then(setIsAble);
  }, []);
  return isAble;
}

/** The user signed out here while the service could not be reached: the sign-out is sent now. */
function useFinishedSignOut(): void {
  useEffect(() => {
    if (countersign().auth.hint === "signed_out") void leave();
  }, []);
}
