/** Our own pages and apps, as they stand in `client_id`. Only their sessions open more than `me`. */
export const FIRST_PARTY_CLIENT_ID = "countersign";
