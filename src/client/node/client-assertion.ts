import { base64url, base64urlText } from "../key/base64url";

/** The key whose public half a client was registered with (`client add --jwks`). A `CryptoKeyPair` is one too. */
export interface ClientKey {
  /** P-256, for ECDSA. */
  readonly privateKey: CryptoKey;
  /** Which of several registered keys it is. */
  readonly kid?: string;
}

/** Enough for the way to the service, and for clocks that differ a little. */
const LIFETIME_IN_SECONDS = 60;

/** By what a client authenticates without a secret (`private_key_jwt`, RFC 7523 section 2.2): it works once. */
export async function createClientAssertion(
  { privateKey, kid }: ClientKey,
  claims: { readonly clientId: string; readonly issuer: string; readonly nowInSeconds: number },
): Promise<string> {
  const { clientId, issuer, nowInSeconds } = claims;
  const header = { alg: "ES256", typ: "client-authentication+jwt", ...(kid === undefined ? {} : { kid }) };
  const payload = {
    iss: clientId,
    sub: clientId,
    aud: issuer,
    jti: base64url(crypto.getRandomValues(new Uint8Array(16))),
    iat: nowInSeconds,
    exp: nowInSeconds + LIFETIME_IN_SECONDS,
  };
  const signed = `${base64urlText(JSON.stringify(header))}.${base64urlText(JSON.stringify(payload))}`;
  const signature = await crypto.subtle.sign(
    { name: "ECDSA", hash: "SHA-256" },
    privateKey,
    new TextEncoder().encode(signed),
  );
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}
