export { AccessTokens } from "./access-token";
export {
  PROOF_WINDOW_IN_SECONDS,
  ProofVerifier,
  type ProvenRequest,
  type UsedProof,
  type UsedProofStore,
} from "./proof";
export { formatRefreshToken, parseRefreshToken, type RefreshTokenClaims } from "./refresh-token";
export {
  type KeyUse,
  SealedKeyError,
  type ServerKeyStore,
  ServerKeys,
} from "./server-keys";
export { createSignatureCheck, type SignatureChecks } from "./signature-checks";
