"use client";

import { useTranslations } from "next-intl";
import { BusyButton } from "../components/button";
import type { SignInFlow } from "./sign-in-flow";
import type { SignInView } from "./sign-in-view";

interface PasskeyButtonProps {
  flow: SignInFlow;
  phase: SignInView["phase"];
  isHydrated: boolean;
}

/** For those who have a passkey. It is there in every browser: what cannot be done is said once it is asked for. */
export function PasskeyButton({ flow, phase, isHydrated }: PasskeyButtonProps) {
  const t = useTranslations("signIn.passkey");
  return (
    <BusyButton
      id="use-passkey"
      width="full"
      disabled={!isHydrated}
      busy={phase !== "ready"}
      busyLabel={phase === "passkey" ? t("asking") : t("use")}
      onClick={() => void flow.passkey.use()}
    >
      {t("use")}
    </BusyButton>
  );
}
