"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useCallback, useEffect, useState, useTransition } from "react";
import type { Unavailable } from "../../client/calls/unavailable";
import { Button } from "../components/button";
import { StatusLine } from "../components/status-line";
import { useAfter } from "../components/use-after";
import { useOnline } from "../components/use-online";
import { useTitle } from "../components/use-title";
import { lazyAuth } from "../lib/lazy-auth";
import { noAnswerKey } from "../lib/no-answer";
import { signInAddress } from "../lib/return-address";
import styles from "./restoring.module.css";

const RETRY_AFTER_IN_MS = 5_000;
/** For the server to show the page, once there is a session. */
const PAGE_LIMIT_IN_MS = 10_000;

/** The calm in-between: the page's session has to be renewed by the browser before the server can show it. */
export function Restoring({ address }: { address: string }) {
  const t = useTranslations();
  const router = useRouter();
  const isOnline = useOnline();
  const [trouble, setTrouble] = useState<Unavailable["cause"] | null>(null);
  const isStuck = trouble !== null;
  const [isShowing, startShowing] = useTransition();

  const restore = useCallback(async () => {
    const outcome = await lazyAuth.restore();
    switch (outcome.status) {
      case "signed_in":
        startShowing(() => router.refresh());
        return;
      case "signed_out":
        window.location.replace(signInAddress(address));
        return;
      case "unavailable":
        setTrouble(outcome.cause);
    }
  }, [address, router]);

  useEffect(() => {
    if (isOnline) void restore();
  }, [isOnline, restore]);
  useEffect(() => {
    if (!isStuck) return;
    const timer = setInterval(() => void restore(), RETRY_AFTER_IN_MS);
    return () => clearInterval(timer);
  }, [isStuck, restore]);

  const isSlow = useAfter(isOnline && !isStuck && !isShowing);
  const isPageMissing = useAfter(isShowing, PAGE_LIMIT_IN_MS);
  const isTroubled = !isOnline || (isStuck && !isShowing);
  // "One moment" is said for as long as it is true.
  const title = t(isTroubled || isPageMissing ? "connection.notYet" : "restoring.title");
  useTitle(title);
  const textKey = () => {
    if (!isOnline) return "restoring.offline";
    if (isPageMissing) return "connection.unavailable";
    if (isTroubled && trouble) return troubleKey(trouble);
    return isSlow ? "connection.slow" : "restoring.working";
  };
  return (
    <div className={styles.between}>
      <h1 className={styles.title}>{title}</h1>
      <StatusLine tone="calm">{t(textKey())}</StatusLine>
      {isPageMissing ? (
        <Button onClick={() => window.location.reload()}>{t("connection.retry")}</Button>
      ) : (
        isTroubled && <Button onClick={() => void restore()}>{t("connection.retry")}</Button>
      )}
    </div>
  );
}

function troubleKey(cause: Unavailable["cause"]) {
  if (cause === "device_key") return "connection.storage";
  const key = noAnswerKey(cause, true);
  return key === "connection.unavailable" ? "restoring.unavailable" : key;
}
