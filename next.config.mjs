import createNextIntlPlugin from "next-intl/plugin";
import nextSettings from "./next.settings.mjs";

const withNextIntl = createNextIntlPlugin("./src/app/i18n/request.ts");

export default withNextIntl(nextSettings);
