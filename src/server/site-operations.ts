/** What the hand-over page of a signed-in browser does. */
import { SITE_FINISH_PATH, type SiteCodeInput, type SiteCodeOutput } from "../contract/sites";
import { DomainError } from "../modules/domain-error";
import { SITE_CODE_LIFETIME_IN_SECONDS } from "../modules/protected-sites";
import { proofRefusal } from "../modules/tokens";
import type { Call } from "./http/call";

/**
 * A one-time code for a protected site. Only for a session that is bound to a key, by a proven call: neither a copied
 * cookie nor a leaked Bearer token is enough to become one at a site.
 *
 * @throws DomainError `not_found` for a site that is not on the list, `too_many_attempts`
 */
export async function issueSiteCode(call: Call, input: SiteCodeInput): Promise<SiteCodeOutput> {
  const { session } = await call.firstPartyPrincipal();
  if (session.keyThumbprint === null) throw proofRefusal(call.container.clock);
  const { protectedSites, siteCodes } = call.container;
  const site = protectedSites.findByHost(input.site);
  if (site === undefined) throw new DomainError("not_found");
  const code = await siteCodes.issue({ site, state: input.state, sessionId: session.id });
  return { code, expires_in: SITE_CODE_LIFETIME_IN_SECONDS, action: site + SITE_FINISH_PATH };
}
