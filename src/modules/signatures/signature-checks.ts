import { createPublicKey, type KeyObject, verify } from "node:crypto";

/** Checks the signatures of proofs. It may do so elsewhere; what it was asked is answered all the same. */
export interface SignatureChecks {
  /**
   * @param proof a proof whose header was read and found to be ES256 with a P-256 key
   * @returns whether the key in its header signed it
   */
  isGood(proof: string): Promise<boolean>;
  /** Lets go of what it holds. What it was asked before is answered. */
  close(): void;
}

/**
 * Makes a check that is done on the spot and remembers the keys it has read. It never throws: what cannot be read is not
 * good.
 */
export function createSignatureCheck(): (proof: string) => boolean {
  const keys = new Map<string, KeyObject>();
  const keyOf = (head: string): KeyObject => {
    const known = keys.get(head);
    if (known) return known;
    const { x, y } = JSON.parse(Buffer.from(head, "base64url").toString("utf8")).jwk;
    const key = createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
    if (keys.size >= 10_000) keys.clear();
    // Unusually long ones are not worth the memory that strangers could fill with them.
    if (head.length <= 512) keys.set(head, key);
    return key;
  };
  return (proof) => {
    try {
      const end = proof.lastIndexOf(".");
      const signature = Buffer.from(proof.slice(end + 1), "base64url");
      const key = keyOf(proof.slice(0, proof.indexOf(".")));
      return verify(
        "sha256",
        Buffer.from(proof.slice(0, end), "latin1"),
        { key, dsaEncoding: "ieee-p1363" },
        signature,
      );
    } catch {
      return false;
    }
  };
}
