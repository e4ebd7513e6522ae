export type { PasskeyChallengeStore } from "./challenges";
export {
  type PasskeyRecord,
  type PasskeyStore,
  Passkeys,
  type ProvenPasskey,
  userHandle,
} from "./passkeys";
export { providerOf } from "./providers";
export { loadVerification, type RelyingParty } from "./verify";
