export type { AccountRecord, AccountStore, InsertOutcome, LastOwner, SeenInvitation } from "./account-store";
export { Accounts } from "./accounts";
export { AccountAdministration } from "./administration";
export { SETUP_LINK_LIFETIME_IN_SECONDS, SetupLink, type SetupLinkStore } from "./setup-link";
export { canonicalUsername } from "./username";
