import { headers } from "next/headers";
import { getRequestConfig } from "next-intl/server";
import { readCookies } from "../../server/request/request-cookies";
import { shared } from "../../server/start/shared";
import { isLocale, localeCookieName, negotiateLocale } from "./locales";

/** What next-intl asks on each request: the language, from cookie or header, and its catalogue. */
export default getRequestConfig(async () => {
  const requestHeaders = await headers();
  const { appUrl } = shared().container.environment;
  const name = localeCookieName(appUrl.port);
  // Of several of the name, as from a longer path of this host, the first that is a language.
  const chosen = readCookies({ headers: requestHeaders }).find(
    (cookie) => cookie.name === name && isLocale(cookie.value),
  );
  const locale = negotiateLocale(chosen?.value, requestHeaders.get("accept-language"));
  const catalogue =
    locale === "zh-Hans" ? await import("./messages/zh.json") : await import("./messages/en.json");
  // Times are shown by the browser in its own zone; the server formats none.
  return { locale, messages: catalogue.default, timeZone: "UTC" };
});
