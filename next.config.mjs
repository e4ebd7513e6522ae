import createNextIntlPlugin from "next-intl/plugin";
import nextSettings from "./next.settings.mjs";

const withNextIntl = createNextIntlPlugin("./src/app/i18n/request.ts");

const settings = {
  ...nextSettings,
  // Next would draw one. Pages of one instance ask another for what is named by it.
  generateBuildId: () => process.env.COUNTERSIGN_BUILD_ID ?? null,
};

export default withNextIntl(settings);
