export type { EndedBy, RequestOrigin } from "./ended-by";
export { authenticationOf, type IssuedTokens } from "./issue-tokens";
export { SUPERSEDED_TEXT_LENGTH } from "./rotation";
export type {
  EndedSession,
  EndReason,
  ExpiredSession,
  Principal,
  SessionRecord,
  SessionStore,
} from "./session";
export { Sessions } from "./sessions";
