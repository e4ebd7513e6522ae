"use client";

import { useRouter } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { LOCALE_COOKIE_LIFE_IN_SECONDS, type Locale, localeCookieName } from "../i18n/locales";
import { Button } from "./button";

/** Offers the other language, named in that language. What was typed on the page stays. */
export function LanguageSwitch() {
  const t = useTranslations("language");
  const router = useRouter();
  const other: Locale = useLocale() === "en" ? "zh-Hans" : "en";

  async function speak() {
    await rememberLocale(other);
    router.refresh();
  }

  return (
    <Button look="plain" lang={other} translate="no" onClick={speak}>
      {t(other)}
    </Button>
  );
}

async function rememberLocale(locale: Locale): Promise<void> {
  const expires = Date.now() + LOCALE_COOKIE_LIFE_IN_SECONDS * 1000;
  // Older browsers, and pages on plain http, have no CookieStore.
  if (typeof cookieStore === "undefined") {
    const lifetime = `Max-Age=${LOCALE_COOKIE_LIFE_IN_SECONDS}`;
    Object.assign(document, { cookie: `${localeCookieName}=${locale}; Path=/; ${lifetime}; SameSite=Lax` });
    return;
  }
  await cookieStore.set({ name: localeCookieName, value: locale, path: "/", sameSite: "lax", expires });
}
