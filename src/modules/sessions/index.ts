export { SUPERSEDED_TEXT_LENGTH } from "./rotation";
export type { EndReason, Principal, RotationRequest, SessionRecord, SessionStore } from "./session";
export { type IssuedTokens, type NewSession, Sessions } from "./sessions";
