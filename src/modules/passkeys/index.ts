export type { PasskeyChallengeStore } from "./challenges";
export { Passkeys, userHandle } from "./passkeys";
export type { ProvenPasskey } from "./proofs";
export { providerOf } from "./providers";
export type { PasskeyRecord, PasskeyStore } from "./record";
export { loadVerification, type RelyingParty } from "./verify";
