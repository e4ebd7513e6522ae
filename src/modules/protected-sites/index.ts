export { ProtectedSites } from "./protected-sites";
export {
  SITE_CODE_LIFETIME_IN_SECONDS,
  type SiteCodeRecord,
  type SiteCodeStore,
  SiteCodes,
} from "./site-codes";
