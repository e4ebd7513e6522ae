"use client";

import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { Button } from "../../components/button";
import { useDeviceName } from "../../components/device-name";
import { useTitle } from "../../components/use-title";
import { RouteLink } from "../route-link";
import type { OpenRequest, OverReason } from "./approval-state";
import { Outcome } from "./outcome";
import { useSaying } from "./stage";

const SLOW_AFTER_IN_MS = 8_000;

/** Approved here; the computer has yet to take its session. Nothing is called done before it is. */
export function FinishingScreen({ request }: { request: OpenRequest }) {
  const t = useTranslations("approval");
  const device = useDeviceName()(request.facts);
  const [isSlow, setIsSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsSlow(true), SLOW_AFTER_IN_MS);
    return () => clearTimeout(timer);
  }, []);
  useTitle(t("finishingTitle"));
  useSaying(isSlow ? t("finishingSlow") : null);
  return <Outcome sign="wait" title={t("finishingTitle")} text={t("finishing", { device })} />;
}

export function DeclinedScreen() {
  const t = useTranslations("approval");
  const title = t("declinedTitle");
  useTitle(title);
  useSaying(title, "calm", "title");
  return (
    <Outcome sign="no" title={title} text={t("declined")}>
      <HomeLink />
    </Outcome>
  );
}

export function UndoneScreen({ request }: { request: OpenRequest }) {
  const t = useTranslations("approval");
  const device = useDeviceName()(request.facts);
  const title = t("undoneTitle");
  useTitle(title);
  useSaying(title, "calm", "title");
  return (
    <Outcome sign="yes" title={title} text={t("undone", { device })}>
      <HomeLink />
    </Outcome>
  );
}

export function WaitScreen({ seconds }: { seconds: number }) {
  const t = useTranslations();
  const title = t("approval.waitTitle");
  useTitle(title);
  useSaying(title, "calm", "title");
  return (
    <Outcome sign="wait" title={title} text={t("connection.wait", { n: Math.ceil(seconds / 60) })}>
      <HomeLink />
    </Outcome>
  );
}

const leadsHome: ReadonlySet<OverReason> = new Set(["answered", "unknown_device", "passkey_needed"]);

/** Why there is nothing (more) to answer, with one way on. */
export function OverScreen({ why, onScanAgain }: { why: OverReason; onScanAgain?: () => void }) {
  const t = useTranslations("approval");
  const title = t(`over.${why}.title`);
  const isOfTime = why === "expired" || why === "not_taken";
  useTitle(title);
  useSaying(title, "calm", "title");
  return (
    <Outcome sign={isOfTime ? "wait" : "note"} title={title} text={t(`over.${why}.text`)}>
      {leadsHome.has(why) ? <HomeLink /> : <ScanAgain {...(onScanAgain && { onScanAgain })} />}
    </Outcome>
  );
}

function ScanAgain({ onScanAgain }: { onScanAgain?: () => void }) {
  const t = useTranslations("approval");
  if (onScanAgain) {
    return (
      <Button look="primary" width="full" onClick={onScanAgain}>
        {t("scanAgain")}
      </Button>
    );
  }
  return (
    <RouteLink look="primary" width="full" href="/scan">
      {t("scanAgain")}
    </RouteLink>
  );
}

function HomeLink() {
  const t = useTranslations("approval");
  return (
    <RouteLink look="primary" width="full" href="/">
      {t("toHome")}
    </RouteLink>
  );
}
