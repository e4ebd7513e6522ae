"use client";

import { useTranslations } from "next-intl";
import { type RefObject, useLayoutEffect, useRef, useState } from "react";
import type { QrSignInView } from "../../../client/qr";
import { Announcer, type QrNotice } from "./announcer";
import { CodeScreen } from "./code-screen";
import { ExpiredScreen } from "./expired-screen";
import { MessageScreen } from "./message-screen";
import styles from "./qr-panel.module.css";
import { ScannedScreen } from "./scanned-screen";
import { UnavailableScreen } from "./unavailable-screen";
import { type QrActions, useQrSignIn } from "./use-qr-sign-in";

export interface QrPanelProps {
  returnAddress: string;
}

/** The computer's half of sign-in by QR code: one calm screen a state, in one and the same place. */
export function QrPanel({ returnAddress }: QrPanelProps) {
  const { view, actions } = useQrSignIn(returnAddress);
  const [notice, setNotice] = useState<QrNotice | null>(null);
  const panel = useRef<HTMLDivElement>(null);
  useKeptFocus(panel);
  return (
    <div ref={panel} className={styles.panel} tabIndex={-1} data-state={view.status}>
      <Announcer view={view} notice={notice} />
      <Screen view={view} actions={actions} onNotice={setNotice} />
    </div>
  );
}

interface ScreenProps {
  view: QrSignInView;
  actions: QrActions;
  onNotice: (notice: QrNotice | null) => void;
}

function Screen({ view, actions, onNotice }: ScreenProps) {
  const t = useTranslations("qrSignIn");
  switch (view.status) {
    case "starting":
      return <div className={styles.plate} />;
    case "waiting":
      return <CodeScreen view={view} onNotice={onNotice} />;
    case "scanned":
      return <ScannedScreen view={view} actions={actions} />;
    case "expired":
      return <ExpiredScreen code={view.code} onRefresh={actions.renew} />;
    case "unavailable":
      return <UnavailableScreen view={view} onRetry={actions.renew} />;
    case "approved":
      return <MessageScreen sign="done" title={t("approved.title")} text={t("approved.text")} />;
    case "signed_in":
      return <MessageScreen sign="done" title={t("signedIn.title")} text={t("signedIn.text")} />;
    case "offline":
      return <MessageScreen sign="offline" title={t("offline.title")} text={t("offline.text")} />;
    case "denied":
      return (
        <MessageScreen
          sign="refused"
          title={t("denied.title")}
          text={t("denied.text")}
          action={{ label: t("newCode"), look: "plain", onClick: actions.renew }}
        />
      );
    case "unknown_device":
      return <MessageScreen sign="phone" title={t("unknown_device.title")} text={t("unknown_device.text")} />;
    case "cancelled":
      return (
        <MessageScreen
          sign="refused"
          title={t("cancelled.title")}
          text={t("cancelled.text")}
          action={{ label: t("newCode"), onClick: actions.renew }}
        />
      );
    case "interrupted":
      return (
        <MessageScreen
          sign="fault"
          title={t("interrupted.title")}
          text={t("interrupted.text")}
          action={{ label: t("newCode"), onClick: actions.renew }}
        />
      );
  }
}

/**
 * The state never takes the focus from the form. But where it takes away the very button that had the focus, the panel
 * has it, so that a keyboard does not begin at the top of the page again.
 */
function useKeptFocus(panel: RefObject<HTMLDivElement | null>): void {
  const focused = useRef<Element | null>(null);
  useLayoutEffect(() => {
    const element = panel.current;
    const note = (event: FocusEvent) => {
      const isInside = event.target instanceof Element && element?.contains(event.target);
      focused.current = isInside ? (event.target as Element) : null;
    };
    document.addEventListener("focusin", note);
    return () => document.removeEventListener("focusin", note);
  }, [panel]);
  // After every change of what is shown.
  useLayoutEffect(() => {
    const isLost = focused.current?.isConnected === false && document.activeElement === document.body;
    if (!isLost) return;
    focused.current = null;
    panel.current?.focus({ preventScroll: true });
  });
}
