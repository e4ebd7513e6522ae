import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { DomainError } from "../domain-error";
import type { Clock, RateLimiter } from "../ports";
import type { SignatureChecks } from "../signatures";
import { proofRefusal } from "./proof-refusal";
import { MEMORY_IN_SECONDS, proofDigest, ReplayMemory } from "./replay-memory";

/** The request that a proof has to be for. */
export interface ProvenRequest {
  readonly method: string;
  /** Path of the request, without query and fragment. */
  readonly path: string;
  /** The access token that the request carries, for `ath`. */
  readonly accessToken?: string | undefined;
  /** Where proofs must carry a nonce of ours: whether this is one (RFC 9449 section 8). */
  readonly acceptsNonce?: ((nonce: string | undefined) => boolean) | undefined;
}

export interface ProofVerifierOptions {
  readonly clock: Clock;
  /** Origins under which the service is reached. The Host header is never asked. */
  readonly origins: readonly string[];
  readonly usedProofs: UsedProofStore;
  readonly signatures: SignatureChecks;
  /** How many proofs dated ahead are written down, over all clients: anyone can make any number of keys and proofs. */
  readonly aheadLimiter: RateLimiter;
  /** Given, several instances remember together; else this process remembers by itself, from its beginning on. */
  readonly sharedMemory?: SharedProofMemory | undefined;
  /** When the process began, if that is known; by default its first moment is taken to be this verifier's. */
  readonly processStartedAt?: Date | undefined;
  /** By how much the clock has been set since: the process's beginning is expressed in today's clock. By default not at all. */
  readonly clockSetByInMs?: (() => number) | undefined;
}

/** A proof that was used before the time it claims. */
export interface UsedProof {
  readonly digest: string;
  readonly issuedAt: Date;
}

export interface UsedProofStore {
  /** @returns whether it is new */
  insert(proof: UsedProof): Promise<boolean>;
  listIssuedSince(since: Date): Promise<UsedProof[]>;
  deleteIssuedBefore(before: Date): Promise<number>;
}

/** Used proofs that all instances remember together. */
export interface SharedProofMemory {
  /** Makes it where there is none. To be called before the first proof is used. */
  begin(now: Date): Promise<void>;
  /** Since when it remembers, as far as this process knows. */
  sinceAt(now: Date): Promise<Date>;
  /** @returns "forgotten" when it was lost and begins anew, later than the proof claims: whether it was used is not known */
  use(proof: UsedProof, now: Date): Promise<"new" | "used" | "forgotten">;
  forgetIssuedBefore(before: Date): Promise<void>;
}

/** How far `iat` may be from our clock, in seconds, either way. */
const PROOF_WINDOW_IN_SECONDS = 60;
/** Twice the window in which they could be used again, so that a clock that is set right does no harm. */
const KEPT_IN_MS = 2 * PROOF_WINDOW_IN_SECONDS * 1000;
/** So long what was used is remembered together: as long as by one process. */
const SHARED_KEPT_IN_MS = MEMORY_IN_SECONDS * 1000;
/** Two clocks are not read in one instant: what they differ by is a little more or less than a whole second. */
const READING_IN_MS = 100;
/** Longer proofs are refused unread: a P-256 proof has about 480 characters. */
const MAX_PROOF_LENGTH = 4096;
/** 64 bytes in base64url. */
const SIGNATURE_LENGTH = 86;
/** A P-256 header has about 230 characters. */
const MAX_REMEMBERED_HEADER_LENGTH = 512;

const base64url = /^[A-Za-z0-9_-]+$/;
/**
 * 32 bytes in base64url: 43 characters, of which the last has two bits that mean nothing. Decoders take any; a thumbprint is
 * of the text (RFC 7638 section 3.3), and one key would have sixteen.
 */
const coordinate = z
  .string()
  .length(43)
  .regex(base64url)
  .refine((text) => Buffer.from(text, "base64url").toString("base64url") === text);
const headerShape = z.object({
  typ: z.literal("dpop+jwt"),
  // Pinned: a proof of any other algorithm is refused, `none` and HMAC among them.
  alg: z.literal("ES256"),
  jwk: z.object({
    kty: z.literal("EC"),
    crv: z.literal("P-256"),
    x: coordinate,
    y: coordinate,
    // RFC 9449 section 4.3, check 7: the key must not contain a private part.
    d: z.undefined().optional(),
  }),
  crit: z.undefined().optional(),
});
const payloadShape = z.object({
  jti: z.string().min(1).max(256),
  htm: z.string().max(16),
  htu: z.string().max(2048),
  iat: z.number().finite(),
  ath: z.string().max(64).optional(),
  nonce: z.string().max(256).optional(),
});

/**
 * Verifies DPoP proofs (RFC 9449 section 4.3): exactly one, ES256, a public key, this method and address, fresh, never
 * seen before, and made for the access token where there is one.
 *
 * No proof is accepted twice, also not across a restart. The memory of used ones starts with the process, so a proof that
 * claims an earlier second is refused; and one that was used before the second it claims, by a client whose clock is
 * ahead, is written down, because it would outlive the process. Clients whose clock is right cost no storage. Where
 * several instances remember together, the same holds of that memory in the place of the process.
 */
export class ProofVerifier {
  readonly #options: ProofVerifierOptions;
  readonly #replays: ReplayMemory;
  readonly #startedAtInSeconds: number;
  // Thumbprints by the header as it is in the proof: a device proves every request with one key and one header.
  readonly #thumbprints = new LRUCache<string, string>({ max: 10_000 });

  constructor(options: ProofVerifierOptions) {
    this.#options = options;
    // Proofs claim whole seconds. The process before us has ended when ours begins, perhaps within that very second.
    const processSecond = Math.ceil((options.processStartedAt?.getTime() ?? 0) / 1000);
    this.#startedAtInSeconds = Math.max(processSecond, Math.floor(options.clock.now().getTime() / 1000));
    this.#replays = new ReplayMemory();
  }

  /** Since when a proof made at once is accepted. To answer sooner would refuse callers who have done nothing wrong. */
  async acceptsFrom(): Promise<Date> {
    const { sharedMemory, clock } = this.#options;
    return sharedMemory ? sharedMemory.sinceAt(clock.now()) : new Date(this.#startedAtInSeconds * 1000);
  }

  /** Remembers what outlived the process before. To be called before the first proof is verified. */
  async load(): Promise<void> {
    const now = this.#options.clock.now().getTime();
    if (this.#options.sharedMemory) return this.#options.sharedMemory.begin(new Date(now));
    const since = new Date(now - (PROOF_WINDOW_IN_SECONDS + 1) * 1000);
    for (const { digest, issuedAt } of await this.#options.usedProofs.listIssuedSince(since)) {
      this.#replays.remember(digest, issuedAt.getTime() / 1000, now / 1000);
    }
  }

  /**
   * Uses the proof up.
   *
   * @returns the RFC 7638 thumbprint of the key that made it
   * @throws DomainError `invalid_dpop_proof`, with `server_time` so that a client whose clock is off can correct itself
   */
  async verify(proof: string, request: ProvenRequest): Promise<string> {
    const nowInSeconds = this.#options.clock.now().getTime() / 1000;
    const { keyThumbprint, payload } = this.#read(proof);
    if (payload.htm !== request.method) throw this.#refusal("htm");
    if (!this.#isOurAddress(payload.htu, request.path)) throw this.#refusal("htu");
    // A proof claims whole seconds: one that is sixty seconds old is good until the sixty-first begins.
    if (Math.abs(Math.floor(nowInSeconds) - payload.iat) > PROOF_WINDOW_IN_SECONDS)
      throw this.#refusal("iat");
    await this.#requireRemembered(payload.iat);
    if (request.acceptsNonce?.(payload.nonce) === false) throw new DomainError("use_dpop_nonce");
    const expectedAth = request.accessToken === undefined ? undefined : accessTokenHash(request.accessToken);
    if (expectedAth !== undefined && payload.ath !== expectedAth) throw this.#refusal("ath");

    if (!(await this.#options.signatures.isGood(proof))) throw this.#refusal("signature");
    // Last, and only for a proof that is good in all else: nobody can use up another's identifiers. Of several that were
    // checked at once the first to come here wins.
    await this.#use(proofDigest(keyThumbprint, payload.jti), payload.iat, nowInSeconds);
    return keyThumbprint;
  }

  /** Forgets what was written down and could not be used again. @returns how many */
  async sweep(now: Date): Promise<number> {
    await this.#options.sharedMemory?.forgetIssuedBefore(new Date(now.getTime() - SHARED_KEPT_IN_MS));
    return this.#options.usedProofs.deleteIssuedBefore(new Date(now.getTime() - KEPT_IN_MS));
  }

  /** @throws DomainError `temporarily_unavailable` while the shared memory has not begun again */
  async #requireRemembered(issuedAtInSeconds: number): Promise<void> {
    const { sharedMemory, clock } = this.#options;
    if (!sharedMemory) {
      if (issuedAtInSeconds < this.#startedAtByTodaysClock()) throw this.#refusal("iat before this process");
      return;
    }
    const now = clock.now();
    const since = await sharedMemory.sinceAt(now);
    if (issuedAtInSeconds * 1000 >= since.getTime()) return;
    // A proof that is made at once would be refused as well: its maker is to wait, and has done nothing wrong.
    if (now < since) throw beginsAgain();
    throw this.#refusal("iat before the memory");
  }

  async #use(digest: string, issuedAtInSeconds: number, nowInSeconds: number): Promise<void> {
    const { sharedMemory, aheadLimiter, usedProofs, clock } = this.#options;
    const issuedAt = new Date(issuedAtInSeconds * 1000);
    const isAhead = issuedAtInSeconds > nowInSeconds;
    if (isAhead && (await aheadLimiter.consume("")) > 0) throw this.#refusal("iat ahead, as too many");
    if (!sharedMemory && !this.#replays.remember(digest, issuedAtInSeconds, nowInSeconds))
      throw this.#refusal("jti replayed");
    // Before the shared memory: one that is lost in between is begun again with what was written down.
    if (isAhead && !(await usedProofs.insert({ digest, issuedAt })))
      throw this.#refusal("jti replayed elsewhere");
    const use = await sharedMemory?.use({ digest, issuedAt }, clock.now());
    if (use === "used") throw this.#refusal("jti replayed");
    if (use === "forgotten") {
      await this.#requireRemembered(issuedAtInSeconds);
      throw beginsAgain();
    }
  }

  /** Else a clock that was ahead and is set right would have every proof refused for as long as it was ahead. */
  #startedAtByTodaysClock(): number {
    const setByInMs = (this.#options.clockSetByInMs?.() ?? 0) - READING_IN_MS;
    return this.#startedAtInSeconds + Math.ceil(setByInMs / 1000);
  }

  #read(proof: string) {
    const parts = proof.split(".");
    const [head, body, tail] = parts;
    if (proof.length > MAX_PROOF_LENGTH || parts.length !== 3 || !head || !body || !tail)
      throw this.#refusal("shape");
    if (!base64url.test(body) || !base64url.test(tail)) throw this.#refusal("encoding");
    const keyThumbprint = this.#thumbprints.get(head) ?? this.#readHeader(head);
    const payload = payloadShape.safeParse(parseJson(body));
    if (!payload.success) throw this.#refusal("claims");
    if (tail.length !== SIGNATURE_LENGTH) throw this.#refusal("signature length");
    return { keyThumbprint, payload: payload.data };
  }

  #readHeader(head: string): string {
    if (!base64url.test(head)) throw this.#refusal("encoding");
    const header = headerShape.safeParse(parseJson(head));
    if (!header.success) throw this.#refusal("header");
    const thumbprint = p256Thumbprint(header.data.jwk);
    // Unusually long ones are not worth the memory that strangers could fill with them.
    if (head.length <= MAX_REMEMBERED_HEADER_LENGTH) this.#thumbprints.set(head, thumbprint);
    return thumbprint;
  }

  #isOurAddress(htu: string, path: string): boolean {
    // The usual case without parsing; then RFC 3986 normalisation (case of the host, default port), and without query and
    // fragment, as section 4.3 asks.
    if (this.#options.origins.some((origin) => htu === origin + path)) return true;
    if (!URL.canParse(htu)) return false;
    const url = new URL(htu);
    if (url.username || url.password) return false;
    return this.#options.origins.includes(url.origin) && url.pathname === path;
  }

  #refusal(why: string): Error {
    return proofRefusal(this.#options.clock, why);
  }
}

function beginsAgain(): DomainError {
  return new DomainError("temporarily_unavailable", { retryAfterInSeconds: 1 });
}

/** RFC 7638 section 3.2: the required members in order, without white space. */
function p256Thumbprint(jwk: { x: string; y: string }): string {
  return hash("sha256", `{"crv":"P-256","kty":"EC","x":"${jwk.x}","y":"${jwk.y}"}`, "base64url");
}

/** RFC 9449 section 4.2, `ath`. */
function accessTokenHash(accessToken: string): string {
  return hash("sha256", accessToken, "base64url");
}

function parseJson(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
