/** Protected sites: what they, their proxies and Countersign agree on. */
import { z } from "zod";

/**
 * In which the proxy of a site says whose request it asks about: the site's origin.
 *
 * It opens nothing by itself: what is asked for is a cookie whose seal names that very site.
 */
export const SITE_HEADER = "x-countersign-site";
/** In which it says what was asked for, and by which method; nginx's own names for them. */
export const ORIGINAL_URI_HEADER = "x-original-uri";
export const ORIGINAL_METHOD_HEADER = "x-original-method";
/** In which it learns the request's cookies without those of Countersign, to pass on to the site. */
export const SITE_COOKIES_HEADER = "x-countersign-cookie";

/** At the site, and led to Countersign by its proxy: where a hand-over ends. */
export const SITE_FINISH_PATH = "/.countersign/finish";
/** At Countersign: the page that hands a signed-in browser over. */
export const HAND_OVER_PATH = "/hand-over";

/** A host, and its port unless that is its scheme's own: no scheme, so that no address of ours has another in it. */
const siteHost = z.string().min(1).max(260);
const state = z.string().regex(/^[\w-]{22}$/);

export const siteCodeInput = z.object({ site: siteHost, state });
export type SiteCodeInput = z.infer<typeof siteCodeInput>;

export const siteCodeOutput = z.object({
  /** Works once, at this site, in the browser that began the hand-over. */
  code: z.string(),
  /** Seconds. */
  expires_in: z.number(),
  /** Where the browser has to post it, with the state. */
  action: z.string(),
});
export type SiteCodeOutput = z.infer<typeof siteCodeOutput>;

export const siteFinishInput = z.object({ code: z.string().min(1).max(128), state });
