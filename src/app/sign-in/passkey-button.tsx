"use client";

import { useTranslations } from "next-intl";
import { Button } from "../components/button";
import type { SignInFlow } from "./sign-in-flow";

interface PasskeyButtonProps {
  flow: SignInFlow;
  isReady: boolean;
}

/** For those who have a passkey. It is there in every browser: what cannot be done is said once it is asked for. */
export function PasskeyButton({ flow, isReady }: PasskeyButtonProps) {
  const t = useTranslations("signIn.passkey");
  return (
    <Button
      id="use-passkey"
      type="button"
      width="full"
      disabled={!isReady}
      onClick={() => void flow.passkey.use()}
    >
      {t("use")}
    </Button>
  );
}
