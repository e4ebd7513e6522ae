import { SITE_FINISH_PATH, siteCodeInput, siteCodeOutput } from "../../contract/sites";
import { DomainError } from "../../modules/domain-error";
import { SITE_CODE_LIFETIME_IN_SECONDS } from "../../modules/protected-sites";
import { proofRefusal } from "../../modules/tokens";
import { session } from "./access";
import { mutation } from "./endpoint";

/** What the hand-over page of a signed-in browser calls. */
export const issueCode = mutation({
  address: "POST /api/auth/site/code",
  access: session,
  group: "Protected sites",
  summary: "A one-time code for a protected site; for sessions that are bound to a key",
  answers: "The code, and where to post it.",
  refusals: ["not_found", "too_many_attempts"],
  input: siteCodeInput,
  output: siteCodeOutput,
  async run({ services: { protectedSites, siteCodes, clock }, input, session: own }) {
    // Neither a copied cookie nor a leaked Bearer token is enough to become one at a site.
    if (own.keyThumbprint === null) throw proofRefusal(clock);
    const site = protectedSites.findByHost(input.site);
    if (site === undefined) throw new DomainError("not_found");
    const code = await siteCodes.issue({ site, state: input.state, sessionId: own.id });
    return { code, expires_in: SITE_CODE_LIFETIME_IN_SECONDS, action: site + SITE_FINISH_PATH };
  },
});
