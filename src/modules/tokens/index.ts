export { type AccessTokenClaims, AccessTokens } from "./access-token";
export { ProofVerifier, type ProvenRequest } from "./proof";
export { formatRefreshToken, parseRefreshToken, type RefreshTokenClaims } from "./refresh-token";
export { type KeyUse, type ServerKeyRecord, type ServerKeyStore, ServerKeys } from "./server-keys";
