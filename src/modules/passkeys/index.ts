export type { PasskeyChallengeStore } from "./challenges";
export { userHandle } from "./creation-options";
export { Passkeys } from "./passkeys";
export { factorOf, type ProvenPasskey } from "./proofs";
export { providerOf } from "./providers";
export type { PasskeyRecord, PasskeyStore } from "./record";
export { loadVerification, type RelyingParty } from "./verify";
