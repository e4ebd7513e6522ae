/** The languages of the screens. The names are BCP 47 tags: they stand in `lang` and in the cookie as they are. */
export const locales = ["en", "zh-Hans"] as const;

export type Locale = (typeof locales)[number];

export const defaultLocale: Locale = "en";

/**
 * Set by the language switch; holds a tag of `locales`. Browsers keep cookies by host, whatever the port, so it carries the
 * port: another service on the same machine has a language of its own.
 *
 * @param port of APP_URL; empty for that of its scheme
 */
export function localeCookieName(port: string): string {
  return port === "" ? "countersign-locale" : `countersign-locale-${port}`;
}

/** A choice of language is kept for a year. */
export const LOCALE_COOKIE_LIFE_IN_SECONDS = 365 * 24 * 60 * 60;

export function isLocale(value: unknown): value is Locale {
  return locales.some((locale) => locale === value);
}

/**
 * The language to speak: the one chosen by the switch, else the first of `Accept-Language` that we have
 * (RFC 9110 section 12.5.4), else English. Never throws, whatever the header holds.
 */
export function negotiateLocale(chosen: string | undefined, acceptLanguage: string | null): Locale {
  if (isLocale(chosen)) {
    return chosen;
  }
  const ranges = (acceptLanguage ?? "")
    .split(",", 32)
    .map(parseRange)
    .filter((range) => range.weight > 0)
    .sort((a, b) => b.weight - a.weight);
  for (const { tag } of ranges) {
    const language = tag.split("-", 1)[0];
    if (language === "zh") {
      return "zh-Hans";
    }
    if (language === "en") {
      return "en";
    }
  }
  return defaultLocale;
}

function parseRange(part: string): { tag: string; weight: number } {
  const [tag = "", ...parameters] = part.trim().toLowerCase().split(";");
  const quality = parameters.map((parameter) => /^\s*q=([01](?:\.\d{0,3})?)\s*$/.exec(parameter)?.[1]);
  const weight = parameters.length === 0 ? 1 : Number(quality.find((value) => value !== undefined) ?? 0);
  return { tag: tag.trim(), weight };
}
