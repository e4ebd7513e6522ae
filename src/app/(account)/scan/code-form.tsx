"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useEffect, useRef, useState } from "react";
import type { QrScanInput } from "../../../contract/qr";
import { canonicalUserCode } from "../../../contract/user-code";
import { BusyButton } from "../../components/button";
import { focusFirstBadField } from "../../components/focus-field";
import { TextField } from "../../components/text-field";
import { useHydrated } from "../../components/use-hydrated";
import type { Words } from "../../components/words";
import { noAnswerKey } from "../../lib/no-answer";
import { scan } from "../approval/approval-calls";
import type { ScanOutcome } from "../approval/approval-state";
import styles from "./code-form.module.css";

interface CodeFormProps {
  label: string;
  hint: string;
  /** What the code led to: anything but a code that is unknown or may not be tried now. */
  onFound: (target: QrScanInput, found: ScanOutcome) => void;
  onTrouble: (words: Words | null) => void;
}

type CodeFault = "codeMissing" | "codeMalformed" | "codeUnknown";

/** One field that takes the code of a computer or device as it was typed or pasted. */
export function CodeForm({ label, hint, onFound, onTrouble }: CodeFormProps) {
  const t = useTranslations();
  const isHydrated = useHydrated();
  const form = useRef<HTMLFormElement>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [fault, setFault] = useState<{ readonly key: CodeFault } | null>(null);
  useEffect(() => {
    if (fault && form.current) focusFirstBadField(form.current);
  }, [fault]);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    onTrouble(null);
    const typed = String(new FormData(event.currentTarget).get("userCode") ?? "");
    const code = canonicalUserCode(typed);
    // What cannot be one is not sent: wrong codes are counted.
    if (code === undefined) {
      return setFault({ key: typed.trim() === "" ? "codeMissing" : "codeMalformed" });
    }
    setFault(null);
    setIsBusy(true);
    const target = { user_code: code };
    const found = await scan(target);
    setIsBusy(false);
    if (found.status === "over" && found.why === "unknown") setFault({ key: "codeUnknown" });
    else if (found.status === "wait") {
      const { seconds } = found;
      onTrouble((said) => said("connection.wait", { n: Math.ceil(seconds / 60) }));
    } else if (found.status === "unavailable") {
      const key = noAnswerKey(found.cause, navigator.onLine);
      onTrouble((said) => said(key));
    } else onFound(target, found);
  }

  return (
    <form ref={form} className={styles.form} method="post" noValidate onSubmit={submit}>
      <TextField
        id="user-code"
        name="userCode"
        label={label}
        hint={hint}
        autoComplete="one-time-code"
        autoCapitalize="characters"
        autoCorrect="off"
        spellCheck={false}
        enterKeyHint="go"
        required
        error={fault && t(`scan.${fault.key}`)}
      />
      <BusyButton
        type="submit"
        width="full"
        disabled={!isHydrated}
        busy={isBusy}
        busyLabel={t("scan.codeChecking")}
      >
        {t("scan.codeSubmit")}
      </BusyButton>
    </form>
  );
}
