import { cookies, headers } from "next/headers";
import { getRequestConfig } from "next-intl/server";
import { shared } from "../../server/start/shared";
import { localeCookieName, negotiateLocale } from "./locales";

/** What next-intl asks on each request: the language, from cookie or header, and its catalogue. */
export default getRequestConfig(async () => {
  const [cookieJar, requestHeaders] = await Promise.all([cookies(), headers()]);
  const { appUrl } = shared().container.environment;
  const locale = negotiateLocale(
    cookieJar.get(localeCookieName(appUrl.port))?.value,
    requestHeaders.get("accept-language"),
  );
  const catalogue =
    locale === "zh-Hans" ? await import("./messages/zh.json") : await import("./messages/en.json");
  // Times are shown by the browser in its own zone; the server formats none.
  return { locale, messages: catalogue.default, timeZone: "UTC" };
});
