/** Our own pages and apps, as `client_id` names them. Only their sessions open more than `me`. */
export const FIRST_PARTY_CLIENT_ID = "countersign";

/** The one scope there is (RFC 6749 section 3.3): what the token of a registered client opens here, and nothing else. */
export const ME_SCOPE = "me";
