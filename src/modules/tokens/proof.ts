import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { DomainError } from "../domain-error";
import type { Clock } from "../ports";
import { ReplayMemory } from "./replay-memory";

/** The request that a proof is to stand for. */
export interface ProvenRequest {
  readonly method: string;
  /** Path of the request, without query and fragment. */
  readonly path: string;
  /** The access token that the request carries, for `ath`. */
  readonly accessToken?: string | undefined;
}

export interface ProofVerifierOptions {
  readonly clock: Clock;
  /** Origins under which the service is reached. The Host header is never asked. */
  readonly origins: readonly string[];
}

/** How far `iat` may be from our clock, in seconds, either way. */
export const PROOF_WINDOW_IN_SECONDS = 60;
/** Longer proofs are refused unread: a P-256 proof has about 480 characters. */
const MAX_PROOF_LENGTH = 4096;

const base64url = /^[A-Za-z0-9_-]+$/;
const headerShape = z.object({
  typ: z.literal("dpop+jwt"),
  // Pinned: a proof of any other algorithm is refused, `none` and HMAC among them.
  alg: z.literal("ES256"),
  jwk: z.object({
    kty: z.literal("EC"),
    crv: z.literal("P-256"),
    x: z.string().length(43).regex(base64url),
    y: z.string().length(43).regex(base64url),
    // RFC 9449 section 4.3, check 7: the key must not contain a private part.
    d: z.undefined().optional(),
  }),
  crit: z.undefined().optional(),
});
const payloadShape = z.object({
  jti: z.string().min(8).max(256),
  htm: z.string().max(16),
  htu: z.string().max(2048),
  iat: z.number().finite(),
  ath: z.string().max(64).optional(),
});

/**
 * Verifies DPoP proofs (RFC 9449 section 4.3): exactly one, ES256, a public key, this method and address, fresh, never
 * seen before, and made for the access token where there is one.
 *
 * A proof made before this process started is refused, because the memory of used ones starts with the process.
 */
export class ProofVerifier {
  readonly #options: ProofVerifierOptions;
  readonly #replays: ReplayMemory;
  readonly #startedAtInSeconds: number;
  // Importing a key costs three times as much as checking a signature, and a device proves every request with one key.
  readonly #keys = new LRUCache<string, { key: KeyObject; thumbprint: string }>({ max: 10_000 });

  constructor(options: ProofVerifierOptions) {
    this.#options = options;
    this.#startedAtInSeconds = Math.floor(options.clock.now().getTime() / 1000);
    this.#replays = new ReplayMemory();
  }

  /**
   * Uses the proof up.
   *
   * @returns the RFC 7638 thumbprint of the key that made it
   * @throws DomainError `invalid_dpop_proof`, with `server_time` so that a client whose clock is off can correct itself
   */
  verify(proof: string, request: ProvenRequest): string {
    const nowInSeconds = this.#options.clock.now().getTime() / 1000;
    const { header, payload, signed, signature } = this.#read(proof);
    if (payload.htm !== request.method) throw this.#refusal("htm");
    if (!this.#isOurAddress(payload.htu, request.path)) throw this.#refusal("htu");
    if (Math.abs(nowInSeconds - payload.iat) > PROOF_WINDOW_IN_SECONDS) throw this.#refusal("iat");
    if (payload.iat < this.#startedAtInSeconds) throw this.#refusal("iat before this process");
    const expectedAth = request.accessToken === undefined ? undefined : accessTokenHash(request.accessToken);
    if (expectedAth !== undefined && payload.ath !== expectedAth) throw this.#refusal("ath");

    const { key, thumbprint } = this.#importKey(header.jwk);
    if (!verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, signature)) throw this.#refusal("signature");
    // Last, and only for a proof that is good in all else: nobody can use up another's identifiers.
    if (!this.#replays.remember(`${thumbprint}.${payload.jti}`, payload.iat, nowInSeconds)) {
      throw this.#refusal("jti replayed");
    }
    return thumbprint;
  }

  #read(proof: string) {
    const parts = proof.split(".");
    const [head, body, tail] = parts;
    if (proof.length > MAX_PROOF_LENGTH || parts.length !== 3 || !head || !body || !tail) throw this.#refusal("shape");
    if (!base64url.test(head) || !base64url.test(body) || !base64url.test(tail)) throw this.#refusal("encoding");
    const header = headerShape.safeParse(parseJson(head));
    const payload = payloadShape.safeParse(parseJson(body));
    if (!header.success) throw this.#refusal("header");
    if (!payload.success) throw this.#refusal("claims");
    const signature = Buffer.from(tail, "base64url");
    if (signature.length !== 64) throw this.#refusal("signature length");
    return { header: header.data, payload: payload.data, signed: Buffer.from(`${head}.${body}`), signature };
  }

  #isOurAddress(htu: string, path: string): boolean {
    // The usual case without parsing; then RFC 3986 normalisation (case of the host, default port), as section 4.3 asks.
    if (this.#options.origins.some((origin) => htu === origin + path)) return true;
    if (!URL.canParse(htu)) return false;
    const url = new URL(htu);
    if (url.search || url.hash || url.username || url.password) return false;
    return this.#options.origins.includes(url.origin) && url.pathname === path;
  }

  #importKey(jwk: { x: string; y: string }): { key: KeyObject; thumbprint: string } {
    const id = `${jwk.x}.${jwk.y}`;
    const known = this.#keys.get(id);
    if (known) return known;
    try {
      const key = createPublicKey({ key: { kty: "EC", crv: "P-256", x: jwk.x, y: jwk.y }, format: "jwk" });
      const loaded = { key, thumbprint: p256Thumbprint(jwk) };
      this.#keys.set(id, loaded);
      return loaded;
    } catch (cause) {
      throw this.#refusal("key", cause);
    }
  }

  #refusal(why: string, cause?: unknown): DomainError {
    const serverTime = Math.floor(this.#options.clock.now().getTime() / 1000);
    return new DomainError(
      "invalid_dpop_proof",
      { extra: { server_time: serverTime } },
      { cause: cause ?? new Error(why) },
    );
  }
}

/** RFC 7638 section 3.2: the required members in order, without white space. */
function p256Thumbprint(jwk: { x: string; y: string }): string {
  return createHash("sha256")
    .update(`{"crv":"P-256","kty":"EC","x":"${jwk.x}","y":"${jwk.y}"}`)
    .digest("base64url");
}

/** RFC 9449 section 4.2, `ath`. */
function accessTokenHash(accessToken: string): string {
  return createHash("sha256").update(accessToken).digest("base64url");
}

function parseJson(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
