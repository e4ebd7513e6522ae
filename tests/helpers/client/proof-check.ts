import { createHash } from "node:crypto";
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from "jose";

export interface CheckedProof {
  readonly thumbprint: string;
}

/** What a strict server checks of a proof (RFC 9449 section 4.3), with jose rather than with code of ours. */
export class ProofCheck {
  readonly #seen = new Set<string>();

  /** @throws a sentence that says what is wrong */
  async check(
    request: Request,
    nowInSeconds: number,
    accessToken: string | undefined,
  ): Promise<CheckedProof> {
    const proof = request.headers.get("DPoP");
    if (!proof || proof.includes(",")) throw new Error("exactly one proof is needed");
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      algorithms: ["ES256"],
      typ: "dpop+jwt",
    });
    const { jwk } = protectedHeader;
    if (!jwk || Object.keys(jwk).sort().join() !== "crv,kty,x,y")
      throw new Error("the key is not only public");
    const url = new URL(request.url);
    if (payload.htu !== url.origin + url.pathname) throw new Error(`htu is ${String(payload.htu)}`);
    if (payload.htm !== request.method) throw new Error(`htm is ${String(payload.htm)}`);
    if (Math.abs((payload.iat ?? 0) - nowInSeconds) > 60) throw new Error("iat is off");
    if (typeof payload.jti !== "string" || payload.jti.length < 22) throw new Error("jti is short");
    if (this.#seen.has(payload.jti)) throw new Error("jti was used");
    this.#seen.add(payload.jti);
    const ath = accessToken && createHash("sha256").update(accessToken).digest("base64url");
    if (payload.ath !== ath) throw new Error("ath does not match");
    return { thumbprint: await calculateJwkThumbprint(jwk) };
  }
}
