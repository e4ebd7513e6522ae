"use client";

import { useState } from "react";

const STORAGE_KEY = "countersign:dismissed-notices";
const MAX_REMEMBERED = 50;

/** Which notices were put away in this browser. Only their ids are kept. */
export function useDismissedNotices(): {
  isDismissed: (id: string) => boolean;
  dismiss: (id: string) => void;
} {
  const [dismissed, setDismissed] = useState(readDismissed);
  return {
    isDismissed: (id) => dismissed.includes(id),
    dismiss(id) {
      const next = [id, ...dismissed].slice(0, MAX_REMEMBERED);
      setDismissed(next);
      writeDismissed(next);
    },
  };
}

function readDismissed(): readonly string[] {
  try {
    const stored: unknown = JSON.parse(window.localStorage.getItem(STORAGE_KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((id) => typeof id === "string") : [];
  } catch {
    // No storage, or no window yet: the notice is shown once more, which does no harm.
    return [];
  }
}

function writeDismissed(ids: readonly string[]): void {
  try {
    window.localStorage.setItem(STORAGE_KEY, JSON.stringify(ids));
  } catch {
    // Put away for this page at least.
  }
}
