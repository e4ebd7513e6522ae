"use client";

import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { BusyButton } from "../../components/button";
import { useNoAnswerText } from "../../components/no-answer-text";
import { createPasskeyBrowser } from "../../lib/passkey-browser";
import { stepUpByPasskey } from "../../lib/step-up";
import type { Said } from "./said";

interface PasskeyProofProps {
  onDone: () => void;
  onSaid: (said: Said | null) => void;
}

/** Proves who the user is by a passkey: a button, and then the browser's own dialog. */
export function PasskeyProof({ onDone, onSaid }: PasskeyProofProps) {
  const t = useTranslations("stepUp");
  const textOf = useNoAnswerText();
  const [isAsking, setIsAsking] = useState(false);
  const [browser] = useState(createPasskeyBrowser);
  // Whoever closes this has changed their mind: the browser asks no longer either.
  useEffect(() => () => browser.stop(), [browser]);

  async function ask() {
    setIsAsking(true);
    onSaid({ tone: "calm", text: t("waiting") });
    const outcome = await stepUpByPasskey(browser);
    setIsAsking(false);
    if (outcome.status === "done") return onDone();
    if (outcome.status !== "passkey") return onSaid({ tone: "error", text: textOf(outcome) });
    onSaid({
      tone: outcome.why === "cancelled" || outcome.why === "again" ? "calm" : "error",
      text: t(`passkey.${outcome.why}`),
    });
  }
  return (
    <BusyButton
      id="step-up-passkey"
      look="primary"
      width="full"
      busy={isAsking}
      busyLabel={t("waiting")}
      onClick={() => void ask()}
    >
      {t("usePasskey")}
    </BusyButton>
  );
}
