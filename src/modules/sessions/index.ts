export type { IssuedTokens } from "./issue-tokens";
export type { Lifetimes } from "./lifetimes";
export { SUPERSEDED_TEXT_LENGTH } from "./rotation";
export type {
  EndedSession,
  EndReason,
  Principal,
  RotationRequest,
  SessionRecord,
  SessionStore,
} from "./session";
export { type NewSession, Sessions } from "./sessions";
export { requireSettingsOpen, STEP_UP_LIFETIME_IN_SECONDS } from "./step-up";
