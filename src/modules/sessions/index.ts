export type { IssuedTokens } from "./issue-tokens";
export { SUPERSEDED_TEXT_LENGTH } from "./rotation";
export type {
  EndedSession,
  EndReason,
  Principal,
  SessionRecord,
  SessionStore,
} from "./session";
export { Sessions } from "./sessions";
export { requireSettingsOpen, STEP_UP_LIFETIME_IN_SECONDS } from "./step-up";
