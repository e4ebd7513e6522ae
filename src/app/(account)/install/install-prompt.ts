"use client";

import { useSyncExternalStore } from "react";

/** Not in the standard library's types: only Chromium has it. */
interface BeforeInstallPromptEvent extends Event {
  prompt(): Promise<unknown>;
}

/** How this browser puts an app on the screen, as far as a page can know. */
export type InstallWay = "prompt" | "ios" | "none";

const STORAGE_KEY = "countersign:install-offer";
const PUT_AWAY = "put-away";

let kept: BeforeInstallPromptEvent | undefined;
let isPutAwayHere = false;
const listeners = new Set<() => void>();

function tell(): void {
  for (const listener of listeners) listener();
}

/** Keeps the browser's own offer for later, so that it does not come up in the middle of a scan. Call once on each page. */
export function keepInstallPrompt(): () => void {
  const keep = (event: Event) => {
    event.preventDefault();
    if (isPrompt(event)) kept = event;
    tell();
  };
  window.addEventListener("beforeinstallprompt", keep);
  window.addEventListener("appinstalled", putAway);
  return () => {
    window.removeEventListener("beforeinstallprompt", keep);
    window.removeEventListener("appinstalled", putAway);
  };
}

export function useInstallWay(): InstallWay {
  return useSyncExternalStore(subscribe, installWay, () => "none");
}

/** Shows the browser's own question. It can be shown once. */
export async function showInstallPrompt(): Promise<void> {
  const prompt = kept;
  kept = undefined;
  tell();
  await prompt?.prompt().catch(() => undefined);
}

/** Never to be offered in this browser again. */
export function putAway(): void {
  kept = undefined;
  try {
    window.localStorage.setItem(STORAGE_KEY, PUT_AWAY);
  } catch {
    // Without storage it is put away for this page.
  }
  isPutAwayHere = true;
  tell();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function installWay(): InstallWay {
  if (isPutAway() || isInstalled()) return "none";
  if (kept) return "prompt";
  return /iPhone|iPad/.test(navigator.userAgent) ? "ios" : "none";
}

function isPutAway(): boolean {
  if (isPutAwayHere) return true;
  try {
    return window.localStorage.getItem(STORAGE_KEY) === PUT_AWAY;
  } catch {
    return false;
  }
}

function isInstalled(): boolean {
  return window.matchMedia("(display-mode: standalone)").matches;
}

function isPrompt(event: Event): event is BeforeInstallPromptEvent {
  return "prompt" in event && typeof event.prompt === "function";
}
