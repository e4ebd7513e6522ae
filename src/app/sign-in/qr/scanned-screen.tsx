"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useEffect, useRef, useState } from "react";
import type { DigitsEntry, QrSignInView } from "../../../client/qr";
import { plainCode } from "../../../contract/plain-code";
import { BusyButton, Button } from "../../components/button";
import { useSecondsLeft } from "../../components/clock";
import { RichText } from "../../components/rich-text";
import { TextField } from "../../components/text-field";
import { VisuallyHidden } from "../../components/visually-hidden";
import { Countdown } from "./countdown";
import styles from "./qr-panel.module.css";
import { Sign } from "./sign";
import { StateTitle } from "./state-title";
import type { QrActions } from "./use-qr-sign-in";

const DIGITS = 6;

interface ScannedScreenProps {
  view: Extract<QrSignInView, { status: "scanned" }>;
  actions: QrActions;
}

/** Somebody has it before them on their phone. In the code's place, so that nobody scans a second time. */
export function ScannedScreen({ view, actions }: ScannedScreenProps) {
  const t = useTranslations("qrSignIn");
  const { confirmation, scannedBy, expiresAtInMs } = view;
  const asksForDigits = confirmation.kind === "code" && confirmation.entry.status !== "entered";
  const text = asksForDigits ? "digitsText" : confirmation.kind === "code" ? "entered" : "text";
  return (
    // Another element, not the same one moved about.
    <div key={text} className={styles.screen}>
      <StateTitle title={t("scanned.tab")} />
      {!asksForDigits && <Sign sign="phone" />}
      <h3 className={styles.title}>
        <RichText>{t.rich("scanned.title", { name: () => <Initial scannedBy={scannedBy} /> })}</RichText>
      </h3>
      <p className={styles.text}>{t(`scanned.${text}`)}</p>
      {asksForDigits ? (
        <DigitsForm entry={confirmation.entry} actions={actions} />
      ) : (
        <Button onClick={actions.cancel}>{t("cancel")}</Button>
      )}
      <Countdown untilInMs={expiresAtInMs} kind="expiresIn" />
    </div>
  );
}

/** Bullets are for the eye; read out, three of them are noise. */
function Initial({ scannedBy }: { scannedBy: string }) {
  return (
    <>
      <span aria-hidden="true" translate="no">
        {scannedBy}
      </span>
      <VisuallyHidden>{scannedBy.replace(/•+/u, "…")}</VisuallyHidden>
    </>
  );
}

function DigitsForm({ entry, actions }: { entry: DigitsEntry; actions: QrActions }) {
  const t = useTranslations("qrSignIn.scanned");
  const tAll = useTranslations("qrSignIn");
  const form = useRef<HTMLFormElement>(null);
  const [isMissing, setIsMissing] = useState(false);
  const isSentHere = useRef(false);
  const error = useEntryError(entry);
  const isBusy = entry.status === "checking";
  useEffect(() => {
    // A user who has sent the digits here waits for the answer here, and corrects what is wrong.
    if (entry.status === "wrong" && isSentHere.current) focusDigits(form.current);
    if (entry.status !== "checking") isSentHere.current = false;
  }, [entry]);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const digits = plainCode(String(new FormData(event.currentTarget).get("digits"))).replace(/\D/g, "");
    setIsMissing(digits.length !== DIGITS);
    isSentHere.current = digits.length === DIGITS;
    if (isSentHere.current) actions.enterCode(digits);
    else focusDigits(event.currentTarget);
  }

  return (
    <form
      ref={form}
      className={styles.digits}
      noValidate
      onSubmit={submit}
      onInput={() => setIsMissing(false)}
    >
      <div className={styles.digitsField}>
        <TextField
          id="qr-digits"
          name="digits"
          label={t("digits")}
          inputMode="numeric"
          autoComplete="one-time-code"
          error={isMissing ? t("digitsMissing") : error}
        />
      </div>
      <div className={styles.ways}>
        <BusyButton type="submit" look="primary" width="full" busy={isBusy} busyLabel={t("digitsChecking")}>
          {t("digitsSubmit")}
        </BusyButton>
        <Button width="full" onClick={actions.cancel}>
          {tAll("cancel")}
        </Button>
      </div>
    </form>
  );
}

function useEntryError(entry: DigitsEntry): string | null {
  const t = useTranslations("qrSignIn.scanned");
  const seconds = useSecondsLeft(entry.status === "too_many_attempts" ? entry.retryAtInMs : null);
  switch (entry.status) {
    case "wrong":
      return t("digitsWrong");
    case "unavailable":
      return t("digitsFailed");
    case "too_many_attempts":
      return seconds ? t("digitsWait", { n: Math.ceil(seconds / 60) }) : null;
    default:
      return null;
  }
}

function focusDigits(form: HTMLFormElement | null): void {
  const field = form?.elements.namedItem("digits");
  if (field instanceof HTMLInputElement) field.focus();
}
