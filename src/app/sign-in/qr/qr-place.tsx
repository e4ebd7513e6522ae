"use client";

import { type ComponentType, useEffect, useState, useSyncExternalStore } from "react";
import { loadPart } from "../../../client/calls/load-part";
import { loadAuth } from "../../lib/lazy-auth";
import type { QrPanelProps } from "./qr-panel";
import styles from "./qr-place.module.css";

/** Under it a screen is small enough to be a phone's own: there is no code, and nothing is asked for. */
const WIDE_ENOUGH = "(min-width: 720px)";
const TRY_AGAIN_IN_MS = 10_000;

/** Keeps the room for the code from the first paint on, and loads what fills it once the form can be used. */
export function QrPlace({ returnAddress }: QrPanelProps) {
  const isWide = useWide();
  const Panel = usePanel(isWide);
  return (
    <div className={styles.place}>
      {isWide && Panel ? <Panel returnAddress={returnAddress} /> : <div className={styles.plate} />}
    </div>
  );
}

function usePanel(isWanted: boolean): ComponentType<QrPanelProps> | null {
  const [Panel, setPanel] = useState<ComponentType<QrPanelProps> | null>(null);
  useEffect(() => {
    if (!isWanted || Panel) return;
    let isGone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = () => {
      loadPanel().then(
        (loaded) => {
          if (!isGone && loaded) setPanel(() => loaded);
        },
        () => {
          // The script did not come; the form does without it.
          if (!isGone) timer = setTimeout(load, TRY_AGAIN_IN_MS);
        },
      );
    };
    load();
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [isWanted, Panel]);
  return Panel;
}

/** After the client, which the form needs: first the form can be used, then the code appears. */
async function loadPanel(): Promise<ComponentType<QrPanelProps> | null> {
  const auth = await loadAuth();
  // A user who is signed in already is on the way to another page.
  if (auth.hint === "signed_in" && (await auth.restore()).status === "signed_in") return null;
  return (await loadPart(() => import("./qr-panel"))).QrPanel;
}

function useWide(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const query = matchMedia(WIDE_ENOUGH);
      query.addEventListener("change", listener);
      return () => query.removeEventListener("change", listener);
    },
    () => matchMedia(WIDE_ENOUGH).matches,
    () => false,
  );
}
