import { CompactEncrypt, importJWK } from "jose";
import type { EncryptionJwk } from "../../contract/schemas";
import { withinTime } from "../calls/time-limit";

/**
 * A compact JWE of a JSON object: ECDH-ES+A256KW with A256GCM under the service's key, not compressed
 * (RFC 7516, RFC 7518 section 4.6).
 *
 * In a file of its own so that the library is loaded only by those who sign in.
 */
export function encryptCredentials(payload: object, jwk: EncryptionJwk): Promise<string> {
  return withinTime("keys", encrypt(payload, jwk));
}

async function encrypt(payload: object, jwk: EncryptionJwk): Promise<string> {
  const key = await importJWK({ kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }, jwk.alg);
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM", kid: jwk.kid })
    .encrypt(key);
}
