export type { EndedBy, RequestOrigin } from "./ended-by";
export { authenticationOf, type IssuedTokens } from "./issue-tokens";
export type { Presenter } from "./refreshes";
export { SUPERSEDED_TEXT_LENGTH } from "./rotation";
export {
  type EndedSession,
  type EndReason,
  type ExpiredSession,
  type Principal,
  type SessionRecord,
  type SessionStore,
  tellsRoles,
} from "./session";
export { Sessions } from "./sessions";
