import { withinTime } from "../calls/time-limit";
import { base64url, base64urlText } from "./base64url";

/** The public half of a device's key, nothing else in it (RFC 7517, RFC 7518 section 6.2.1). */
export interface PublicJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
}

export interface ProofInput {
  readonly keyPair: CryptoKeyPair;
  readonly method: string;
  /** Absolute. Query and fragment are left out of `htu`. */
  readonly url: string | URL;
  /** The access token that goes with the request: the proof then carries its hash. */
  readonly accessToken?: string | undefined;
  readonly nonce?: string | undefined;
  /** Seconds since the epoch. */
  readonly nowInSeconds: number;
}

const publicJwks = new WeakMap<CryptoKey, Promise<PublicJwk>>();

/**
 * The public key, in the member order of RFC 7638.
 *
 * @example
 * import { generateDeviceKey, publicJwkOf } from "countersign/client";
 *
 * const { kty, crv, x, y } = await publicJwkOf(await generateDeviceKey());
 */
export function publicJwkOf(keyPair: CryptoKeyPair): Promise<PublicJwk> {
  const known = publicJwks.get(keyPair.publicKey);
  if (known) return known;
  const exported = exportPublicJwk(keyPair.publicKey).catch((error: unknown) => {
    // Not remembered: the next try asks again.
    publicJwks.delete(keyPair.publicKey);
    throw error;
  });
  publicJwks.set(keyPair.publicKey, exported);
  return exported;
}

async function exportPublicJwk(publicKey: CryptoKey): Promise<PublicJwk> {
  const { x, y } = await withinTime("keys", crypto.subtle.exportKey("jwk", publicKey));
  if (!x || !y) throw new TypeError("The device's key is not an elliptic curve key.");
  return { crv: "P-256", kty: "EC", x, y };
}

/**
 * The key's name: its RFC 7638 SHA-256 thumbprint, as in `cnf.jkt`.
 *
 * @example
 * import { generateDeviceKey, thumbprintOf } from "countersign/client";
 *
 * const jkt = await thumbprintOf(await generateDeviceKey());
 */
export async function thumbprintOf(keyPair: CryptoKeyPair): Promise<string> {
  const { crv, kty, x, y } = await publicJwkOf(keyPair);
  return sha256(JSON.stringify({ crv, kty, x, y }));
}

/**
 * A DPoP proof for one HTTP request (RFC 9449 section 4.2): signed with ES256, valid once.
 *
 * @throws what WebCrypto throws when the key cannot sign; an Error when it does not answer within five seconds
 * @example
 * import { createProof, generateDeviceKey } from "countersign/client";
 *
 * const url = "https://accounts.example.com/api/auth/get_t";
 * const keyPair = await generateDeviceKey();
 * const dpop = await createProof({ keyPair, method: "GET", url, nowInSeconds: Date.now() / 1000 });
 * await fetch(url, { headers: { dpop } });
 */
export async function createProof(input: ProofInput): Promise<string> {
  const url = new URL(input.url);
  const header = { typ: "dpop+jwt", alg: "ES256", jwk: await publicJwkOf(input.keyPair) };
  const payload = {
    jti: base64url(crypto.getRandomValues(new Uint8Array(16))),
    htm: input.method.toUpperCase(),
    htu: url.origin + url.pathname,
    iat: input.nowInSeconds,
    ath: input.accessToken === undefined ? undefined : await sha256(input.accessToken),
    nonce: input.nonce,
  };
  const signed = `${base64urlText(JSON.stringify(header))}.${base64urlText(JSON.stringify(payload))}`;
  const signature = await withinTime(
    "keys",
    crypto.subtle.sign(
      { name: "ECDSA", hash: "SHA-256" },
      input.keyPair.privateKey,
      new TextEncoder().encode(signed),
    ),
  );
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}

async function sha256(text: string): Promise<string> {
  const hash = await withinTime("keys", crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return base64url(new Uint8Array(hash));
}
