export { AccessTokens } from "./access-token";
export type { InspectedClientToken, TokenAuthentication } from "./access-token-claims";
export { DpopNonces } from "./dpop-nonces";
export {
  ProofVerifier,
  type ProvenRequest,
  type SharedProofMemory,
  type UsedProof,
  type UsedProofStore,
} from "./proof";
export { proofRefusal } from "./proof-refusal";
export { formatRefreshToken, parseRefreshToken, type RefreshTokenClaims } from "./refresh-token";
export { MEMORY_IN_SECONDS as PROOF_MEMORY_IN_SECONDS } from "./replay-memory";
export {
  type KeyUse,
  SealedKeyError,
  type ServerKeyStore,
  ServerKeys,
} from "./server-keys";
