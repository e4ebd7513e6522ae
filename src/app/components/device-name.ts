"use client";

import { useTranslations } from "next-intl";

interface NamedDevice {
  readonly browser: string | null;
  readonly os: string | null;
}

/** What a device is called on the screen. */
export function useDeviceName(): (device: NamedDevice | null) => string {
  const t = useTranslations("home");
  return (device) => {
    const { browser, os } = device ?? { browser: null, os: null };
    if (browser !== null && os !== null) return t("device", { browser, os });
    return browser ?? os ?? t("someDevice");
  };
}
