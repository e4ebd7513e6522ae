"use client";

import { useRouter } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { LOCALE_COOKIE_LIFE_IN_SECONDS, type Locale } from "../i18n/locales";
import { Button } from "./button";

/** Offers the other language, named in that language. What was typed on the page stays. */
export function LanguageSwitch({ cookieName }: { cookieName: string }) {
  const t = useTranslations("language");
  const router = useRouter();
  const other: Locale = useLocale() === "en" ? "zh-Hans" : "en";

  async function speak() {
    await rememberLocale(cookieName, other);
    router.refresh();
  }

  return (
    <Button look="plain" lang={other} translate="no" onClick={speak}>
      {t(other)}
    </Button>
  );
}

async function rememberLocale(name: string, locale: Locale): Promise<void> {
  const expires = Date.now() + LOCALE_COOKIE_LIFE_IN_SECONDS * 1000;
  // Older browsers, and pages on plain http, have no CookieStore.
  if (typeof cookieStore === "undefined") {
    const lifetime = `Max-Age=${LOCALE_COOKIE_LIFE_IN_SECONDS}`;
    Object.assign(document, { cookie: `${name}=${locale}; Path=/; ${lifetime}; SameSite=Lax` });
    return;
  }
  await cookieStore.set({ name, value: locale, path: "/", sameSite: "lax", expires });
}
