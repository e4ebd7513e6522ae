export { type AccessTokenClaims, AccessTokens } from "./access-token";
export { PROOF_WINDOW_IN_SECONDS, ProofVerifier, type ProvenRequest } from "./proof";
export { formatRefreshToken, parseRefreshToken, type RefreshTokenClaims } from "./refresh-token";
export { type KeyUse, type ServerKeyRecord, ServerKeys, type ServerKeyStore } from "./server-keys";
