export {
  type AccountRecord,
  type AccountSearch,
  type AccountStore,
  admitsOwner,
  DELETION_AFTER_IN_SECONDS,
  DELETION_HAS_BEGUN,
  type Guard,
  type InsertOutcome,
  type LastOwner,
  type ProvenEmail,
  type ResetToken,
  type Seen,
  type SeenInvitation,
  type SeenRequest,
} from "./account-store";
export { Accounts } from "./accounts";
export { AccountAdministration } from "./administration";
export {
  type Actor,
  type Administrator,
  auditFactsOf,
  changedMeanwhile,
  endedBy,
  guardOf,
  mayActOn,
  requireAnother,
  requireAuthority,
} from "./authority";
export { Directory } from "./directory";
export { emailKeyOf, identifierKey } from "./identifier";
export type { CheckedNames, ProvenRequest } from "./new-account";
export { NewPasswords, type NewPasswordsOptions } from "./new-passwords";
export { RefusedActs } from "./refused-acts";
export { SETUP_LINK_LIFETIME_IN_SECONDS, SetupLink, type SetupLinkStore } from "./setup-link";
export { canonicalUsername, checkNewUsername, mayBeNamed } from "./username";
