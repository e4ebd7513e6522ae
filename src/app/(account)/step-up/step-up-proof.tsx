"use client";

import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import type { Acr } from "../../../contract/assurance";
import { Button } from "../../components/button";
import { useAfter } from "../../components/use-after";
import { PasskeyProof } from "./passkey-proof";
import { PasswordProof } from "./password-proof";
import type { Said } from "./said";
import styles from "./step-up-proof.module.css";
import { useWays } from "./use-ways";

interface StepUpProofProps {
  /** Of the password's field: no two on one page are the same. */
  fieldId: string;
  wanted?: Acr;
  /** Whether the first field or button takes the focus when it comes. */
  takesFocus?: boolean;
  onDone: () => void;
  /** What is to be said beside the fields; null for nothing. */
  onSaid: (said: Said | null) => void;
}

/**
 * Asks the user of a session to prove once more who they are. A passkey comes first where there is one: it proves the most, and
 * is the least work.
 */
export function StepUpProof({
  fieldId,
  wanted = "sfa",
  takesFocus = false,
  onDone,
  onSaid,
}: StepUpProofProps) {
  const t = useTranslations();
  const box = useRef<HTMLDivElement>(null);
  const ways = useWays(wanted);
  const [chosen, setChosen] = useState<"passkey" | "password" | null>(null);
  const isSlow = useAfter(ways === null);
  const way = chosen ?? (ways?.passkey ? "passkey" : "password");
  const mayFocus = takesFocus || chosen !== null;
  useEffect(() => {
    if (ways && mayFocus && way)
      box.current?.querySelector<HTMLElement>("input:not([hidden]), button")?.focus();
  }, [ways, way, mayFocus]);
  const choose = (next: "passkey" | "password") => {
    onSaid(null);
    setChosen(next);
  };
  if (!ways) return isSlow ? <p>{t("connection.slow")}</p> : null;
  if (!ways.passkey && !ways.password) return <p>{t("stepUp.noWay")}</p>;
  return (
    <div ref={box} className={styles.proof}>
      {way === "passkey" ? (
        <PasskeyProof onDone={onDone} onSaid={onSaid} />
      ) : (
        <PasswordProof fieldId={fieldId} wantsCode={ways.wantsCode} onDone={onDone} onSaid={onSaid} />
      )}
      {ways.passkey && ways.password && (
        <Button
          id="step-up-other-way"
          look="plain"
          width="full"
          onClick={() => choose(way === "passkey" ? "password" : "passkey")}
        >
          {t(way === "passkey" ? "stepUp.passwordInstead" : "stepUp.passkeyInstead")}
        </Button>
      )}
    </div>
  );
}
