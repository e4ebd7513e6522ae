"use client";

import { useTranslations } from "next-intl";
import type { Translator } from "./words";

interface NamedDevice {
  readonly browser: string | null;
  readonly os: string | null;
}

/** What a device is called on the screen. */
export function deviceName(t: Translator, device: NamedDevice | null): string {
  const { browser, os } = device ?? { browser: null, os: null };
  if (browser !== null && os !== null) return t("home.device", { browser, os });
  return browser ?? os ?? t("home.someDevice");
}

export function useDeviceName(): (device: NamedDevice | null) => string {
  const t = useTranslations();
  return (device) => deviceName(t, device);
}
