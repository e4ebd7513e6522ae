"use client";

import { useTranslations } from "next-intl";
import { BusyButton } from "../../components/button";
import { useDeviceName } from "../../components/device-name";
import { useTitle } from "../../components/use-title";
import { InstallOffer } from "../install/install-offer";
import { RouteLink } from "../route-link";
import type { OpenRequest } from "./approval-state";
import { Outcome } from "./outcome";
import { useSaying } from "./stage";

interface SignedInScreenProps {
  request: OpenRequest;
  undo: "offered" | "working" | "failed";
  onUndo: () => void;
}

/** The computer has its session. One tap takes it back. */
export function SignedInScreen({ request, undo, onUndo }: SignedInScreenProps) {
  const t = useTranslations("approval");
  const title = t("signedIn", { device: useDeviceName()(request.facts) });
  const hasFailed = undo === "failed";
  useTitle(title);
  useSaying(hasFailed ? t("undoFailed") : title, hasFailed ? "error" : "calm", hasFailed ? "shown" : "title");
  return (
    <>
      <Outcome sign="yes" title={title} text={t("signedInHint")}>
        <BusyButton
          id="undo"
          look="danger"
          width="full"
          busy={undo === "working"}
          busyLabel={t("undoing")}
          onClick={onUndo}
        >
          {t("undo")}
        </BusyButton>
        <RouteLink look="plain" width="full" href="/">
          {t("toHome")}
        </RouteLink>
      </Outcome>
      <InstallOffer />
    </>
  );
}
