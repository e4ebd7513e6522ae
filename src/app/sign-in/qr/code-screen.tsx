"use client";

import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import type { QrSignInView, ShownCode } from "../../../client/qr";
import { Button } from "../../components/button";
import { VisuallyHidden } from "../../components/visually-hidden";
import type { QrNotice } from "./announcer";
import { Countdown } from "./countdown";
import styles from "./qr-panel.module.css";
import { QrPicture } from "./qr-picture";

const COPIED_FOR_IN_MS = 3_000;

interface CodeScreenProps {
  view: Extract<QrSignInView, { status: "waiting" }>;
  onNotice: (notice: QrNotice | null) => void;
}

/** The code to scan, or the same as letters to type. */
export function CodeScreen({ view: { code, expiresAtInMs, renewsAtInMs }, onNotice }: CodeScreenProps) {
  const t = useTranslations("qrSignIn");
  const [isTyped, setIsTyped] = useState(false);
  return (
    <>
      {isTyped ? (
        <Letters code={code} onNotice={onNotice} />
      ) : (
        <QrPicture payload={code.payload} name={t("picture")} />
      )}
      <Countdown untilInMs={renewsAtInMs ?? expiresAtInMs} kind={renewsAtInMs ? "renewsIn" : "expiresIn"} />
      <Button look="plain" width="full" onClick={() => setIsTyped(!isTyped)}>
        {t(isTyped ? "canScan" : "cannotScan")}
      </Button>
    </>
  );
}

function Letters({ code, onNotice }: { code: ShownCode; onNotice: CodeScreenProps["onNotice"] }) {
  const t = useTranslations("qrSignIn");
  const { isCopied, copy } = useCopy(code.userCode, onNotice);
  return (
    <div className={styles.letters}>
      <p>{t("codeWhere")}</p>
      <p className={styles.address} translate="no">
        {code.verificationUri.replace(/^https?:\/\//, "")}
      </p>
      <p>{t("codeType")}</p>
      <p className={styles.userCode} translate="no">
        <span aria-hidden="true">{code.userCode}</span>
        <VisuallyHidden>{t("codeNamed", { letters: spelled(code.userCode) })}</VisuallyHidden>
      </p>
      {/* Browsers lend the clipboard to https and localhost only; elsewhere the letters can be marked. */}
      {"clipboard" in navigator && <Button onClick={copy}>{t(isCopied ? "copied" : "copy")}</Button>}
    </div>
  );
}

function useCopy(text: string, onNotice: CodeScreenProps["onNotice"]) {
  const [copiedText, setCopiedText] = useState<string | null>(null);
  useEffect(() => {
    if (copiedText === null) return;
    const timer = setTimeout(() => {
      setCopiedText(null);
      onNotice(null);
    }, COPIED_FOR_IN_MS);
    return () => {
      clearTimeout(timer);
      onNotice(null);
    };
  }, [copiedText, onNotice]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopiedText(text);
      onNotice("copiedSpoken");
    } catch {
      // Not allowed: the letters are there to be marked.
    }
  };
  return { isCopied: copiedText === text, copy };
}

/** Letter by letter, with a rest at the hyphen: a screen reader would try to say a word. */
function spelled(userCode: string): string {
  return userCode
    .split("-")
    .map((part) => [...part].join(" "))
    .join(", ");
}
