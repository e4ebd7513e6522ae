import { createHash } from "node:crypto";
import { calculateJwkThumbprint, EmbeddedJWK, errors, type JWK, jwtVerify } from "jose";
import { LRUCache } from "lru-cache";
import { mismatchOf, refusal, VerificationError } from "./verification-error";

/** The request that a proof has to be for. */
export interface ProvenRequest {
  readonly method: string;
  /** The addresses under which callers reach this service, with the path of the request and without its query. */
  readonly addresses: readonly string[];
  readonly accessToken: string;
}

/** How far `iat` may be from our clock, in seconds, either way. */
const WINDOW_IN_SECONDS = 60;
const MAX_PROOF_LENGTH = 4096;
const REMEMBERED_PROOFS = 200_000;

/** A proof that is good in itself. */
export interface CheckedProof {
  /** RFC 7638 thumbprint of the key that made it. */
  readonly keyThumbprint: string;
  /** Represents the proof in the memory of used ones. */
  readonly digest: string;
}

/**
 * Checks DPoP proofs (RFC 9449 section 4.3), each every time, and remembers those that were used up.
 *
 * A proof works once in this process: its memory is its own, and another instance has another. As it starts empty, proofs
 * from before the process are refused, and so are those of the second in which it began, whose predecessor may have used
 * them. It holds the latest 200,000: where more come within two minutes, the oldest could be used once more.
 */
export class ProofChecker {
  readonly #now: () => number;
  readonly #startedAtInSeconds: number;
  readonly #used: LRUCache<string, true>;

  constructor(now: () => number) {
    this.#now = now;
    // Proofs claim whole seconds. The process before us has ended when ours begins, perhaps within that very second.
    const processSecond = Math.ceil((now() - performance.now()) / 1000);
    this.#startedAtInSeconds = Math.max(processSecond, Math.floor(now() / 1000));
    this.#used = new LRUCache({ max: REMEMBERED_PROOFS, ttl: (2 * WINDOW_IN_SECONDS + 5) * 1000 });
  }

  /** Leaves the proof unused: whose key it has to be is for the caller to say. @throws VerificationError `invalid_dpop_proof` */
  async check(proof: string, request: ProvenRequest): Promise<CheckedProof> {
    try {
      return await this.#check(proof, request);
    } catch (cause) {
      if (cause instanceof VerificationError) throw cause;
      throw new VerificationError("invalid_dpop_proof", { cause });
    }
  }

  /** @throws VerificationError `invalid_dpop_proof` when it was used before */
  consume({ digest }: CheckedProof): void {
    if (this.#used.has(digest)) throw refusal("invalid_dpop_proof", "jti", "a new one", "one that was used");
    this.#used.set(digest, true);
  }

  async #check(proof: string, { method, addresses, accessToken }: ProvenRequest): Promise<CheckedProof> {
    if (proof.length > MAX_PROOF_LENGTH) throw new errors.JWTInvalid("too long");
    const now = this.#now();
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: "dpop+jwt",
      algorithms: ["ES256"],
      currentDate: new Date(now),
      requiredClaims: ["jti", "htm", "htu", "iat", "ath"],
    });
    const { iat = 0, jti = "" } = payload;
    this.#requireFresh(iat, Math.floor(now / 1000));
    require(payload.htm === method, "htm", method, payload.htm);
    const isOurs = addresses.some((address) => isSameAddress(payload.htu, address));
    require(isOurs, "htu", addresses.join(" or "), payload.htu);
    const ath = createHash("sha256").update(accessToken).digest("base64url");
    require(payload.ath === ath, "ath", ath, payload.ath);
    require(typeof jti === "string" &&
      jti.length >= 1 &&
      jti.length <= 256, "jti", "1 to 256 characters", jti);
    const { x, y } = protectedHeader.jwk ?? {};
    require(isCoordinate(x) &&
      isCoordinate(y), "jwk", "x and y of 32 bytes, in the one spelling of base64url", { x, y });
    const keyThumbprint = await calculateJwkThumbprint(protectedHeader.jwk as JWK);
    const digest = createHash("sha256").update(`${keyThumbprint} ${jti}`).digest("base64");
    return { keyThumbprint, digest };
  }

  #requireFresh(iat: number, nowInSeconds: number): void {
    const isOfThisProcess = iat >= this.#startedAtInSeconds;
    if (Math.abs(nowInSeconds - iat) <= WINDOW_IN_SECONDS && isOfThisProcess) return;
    const earliest = Math.max(nowInSeconds - WINDOW_IN_SECONDS, this.#startedAtInSeconds);
    // A caller in the second in which we began, such as the request that started us, is refused until that second is over.
    const retryAfterInSeconds = this.#startedAtInSeconds - nowInSeconds;
    throw new VerificationError("invalid_dpop_proof", {
      mismatch: mismatchOf("iat", `${earliest} to ${nowInSeconds + WINDOW_IN_SECONDS}`, iat),
      serverTimeInSeconds: nowInSeconds,
      ...(retryAfterInSeconds > 0 ? { retryAfterInSeconds } : {}),
    });
  }
}

function require(isRight: boolean, what: string, expected: string, found: unknown): void {
  if (!isRight) throw refusal("invalid_dpop_proof", what, expected, found);
}

/** Decoders take other spellings of a coordinate; a thumbprint is of the text, and one key has one. */
function isCoordinate(text: unknown): boolean {
  if (typeof text !== "string") return false;
  const bytes = Buffer.from(text, "base64url");
  return bytes.length === 32 && bytes.toString("base64url") === text;
}

/** Without query and fragment, normalised as RFC 3986 has it. */
function isSameAddress(htu: unknown, url: string): boolean {
  if (typeof htu !== "string" || !URL.canParse(htu)) return false;
  const [claimed, actual] = [new URL(htu), new URL(url)];
  if (claimed.username || claimed.password) return false;
  return claimed.origin === actual.origin && claimed.pathname === actual.pathname;
}
