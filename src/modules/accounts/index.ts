export {
  type AccountRecord,
  type AccountStore,
  Accounts,
  type InsertOutcome,
  type LastOwner,
} from "./accounts";
export { AccountAdministration } from "./administration";
export { SETUP_LINK_LIFETIME_IN_SECONDS, SetupLink, type SetupLinkStore } from "./setup-link";
export { canonicalUsername } from "./username";
