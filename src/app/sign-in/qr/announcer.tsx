"use client";

import { useTranslations } from "next-intl";
import type { QrSignInView } from "../../../client/qr";
import { useSecondsLeft } from "../../components/clock";
import { VisuallyHidden } from "../../components/visually-hidden";

/** What its reader has just done, by its key in the catalogue. */
export type QrNotice = "copiedSpoken";

const LAST_WORD_AT_IN_SECONDS = 30;

/**
 * Says each state once to screen readers, in its own words: a new code in the same state says nothing. It is
 * there before its first text (WCAG 2.2, 4.1.3). The form has the page's other one.
 */
export function Announcer({ view, notice }: { view: QrSignInView; notice: QrNotice | null }) {
  const t = useTranslations("qrSignIn");
  const spoken = useSpoken(view);
  const soon = useSoon(view);
  return (
    <VisuallyHidden>
      <span aria-live="polite" aria-atomic="true" data-spoken="">
        {notice ? t(notice) : (soon ?? spoken)}
      </span>
    </VisuallyHidden>
  );
}

function useSpoken(view: QrSignInView): string {
  const t = useTranslations("qrSignIn");
  switch (view.status) {
    case "starting":
      return "";
    case "waiting":
      return t("spoken.waiting");
    case "scanned": {
      const name = view.scannedBy.replace(/•+/u, "…");
      const { confirmation } = view;
      if (confirmation.kind === "tap") return t("spoken.scanned", { name });
      if (confirmation.entry.status === "entered") return t("scanned.entered");
      return t("spoken.scannedDigits", { name });
    }
    case "approved":
    case "signed_in":
      return `${t("approved.title")}. ${t("approved.text")}`;
    case "unavailable":
      return unavailableText(t, view.cause, t("unavailable.waitSpoken"));
    case "denied":
    case "offline":
      return t(`spoken.${view.status}`);
    default:
      return t(`${view.status}.text`);
  }
}

/** What does not renew itself is about to end: said once, half a minute before. */
function useSoon(view: QrSignInView): string | null {
  const t = useTranslations("qrSignIn");
  const ends = view.status === "scanned" || (view.status === "waiting" && view.renewsAtInMs === null);
  const secondsLeft = useSecondsLeft(ends ? view.expiresAtInMs : null);
  const isSoon = secondsLeft !== null && secondsLeft > 0 && secondsLeft <= LAST_WORD_AT_IN_SECONDS;
  return isSoon ? t("spoken.soon") : null;
}

/** The words for why there is no code. */
export function unavailableText(
  t: ReturnType<typeof useTranslations<"qrSignIn">>,
  cause: Extract<QrSignInView, { status: "unavailable" }>["cause"],
  wait: string,
): string {
  switch (cause) {
    case "network":
    case "server":
    case "token_store":
      return t("unavailable.text");
    case "rate_limited":
      return wait;
    case "wrong_address":
      return t("unavailable.wrongAddress");
    case "client":
      return t("unavailable.browser");
    case "browser_storage":
      return t("unavailable.storage");
    case "browser_keys":
      return t("unavailable.keys");
    case "script":
      return t("unavailable.script");
    case "device_key":
      return t(window.isSecureContext ? "unavailable.noKey" : "unavailable.insecure");
  }
}
