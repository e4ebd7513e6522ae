/** Our own pages and apps, as `client_id` names them. Only their sessions open more than `me`. */
export const FIRST_PARTY_CLIENT_ID = "countersign";

/** What the token of a registered client opens here, and nothing else (RFC 6749 section 3.3). */
export const ME_SCOPE = "me";

/** What a registered client asks for to be told the roles of its user. It opens nothing. */
export const ROLES_SCOPE = "roles";
