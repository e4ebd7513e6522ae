"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import type { Words } from "../../components/words";
import { CodeForm } from "../scan/code-form";
import styles from "./asking.module.css";

interface DeviceCodeProps {
  qrId: string;
  isEntered: boolean;
}

/**
 * For a device that has no field for six digits: its own code, typed here. Somebody who cannot see its screen cannot go on.
 * The page says that it was right in the same way as every other change.
 */
export function DeviceCode({ qrId, isEntered }: DeviceCodeProps) {
  const t = useTranslations();
  const [trouble, setTrouble] = useState<{ readonly words: Words } | null>(null);
  return (
    <div className={styles.match}>
      {!isEntered && (
        <CodeForm
          label={t("approval.deviceCode")}
          hint={t("approval.deviceCodeHint")}
          onFound={(_, found) => {
            const isThisOne = found.status === "open" && found.request.qrId === qrId;
            setTrouble(isThisOne ? null : { words: (said) => said("approval.deviceCodeOther") });
          }}
          onTrouble={(words) => setTrouble(words && { words })}
        />
      )}
      <p id="match-state" className={styles.matchState}>
        {trouble?.words(t) ?? t(isEntered ? "approval.deviceCodeEntered" : "approval.codeFirst")}
      </p>
    </div>
  );
}
