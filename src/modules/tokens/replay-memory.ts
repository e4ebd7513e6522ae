import { hash } from "node:crypto";

/**
 * How long a used proof is remembered, in seconds. The window of acceptance would need 120; the rest makes a server
 * clock that jumps by up to five minutes safe: what was used before the jump is still known after it.
 */
export const MEMORY_IN_SECONDS = 480;
const BUCKET_IN_SECONDS = 30;

/** Represents a proof: half a SHA-256, because the sender chooses how long its identifier is. */
export function proofDigest(keyThumbprint: string, jti: string): string {
  return hash("sha256", `${keyThumbprint}.${jti}`, "base64url").slice(0, 22);
}

/** Remembers proofs by the time they claim, and forgets them a bucket at a time. */
export class ReplayMemory {
  readonly #buckets = new Map<number, Set<string>>();
  #newestSeenInSeconds = 0;

  /** @returns whether it is new; false means a replay */
  remember(digest: string, issuedAtInSeconds: number, nowInSeconds: number): boolean {
    const bucketStart = issuedAtInSeconds - (issuedAtInSeconds % BUCKET_IN_SECONDS);
    let bucket = this.#buckets.get(bucketStart);
    if (!bucket) {
      this.#forget(nowInSeconds);
      bucket = new Set();
      this.#buckets.set(bucketStart, bucket);
    }
    if (bucket.has(digest)) return false;
    bucket.add(digest);
    return true;
  }

  /** Counted from the latest time ever seen, so that a clock set back does not make us forget sooner. */
  #forget(nowInSeconds: number): void {
    // A clock set back for good must not stop the forgetting for ever: more than the memory's length is believed.
    if (nowInSeconds < this.#newestSeenInSeconds - MEMORY_IN_SECONDS)
      this.#newestSeenInSeconds = nowInSeconds;
    this.#newestSeenInSeconds = Math.max(this.#newestSeenInSeconds, nowInSeconds);
    for (const start of this.#buckets.keys()) {
      const age = Math.abs(this.#newestSeenInSeconds - start);
      if (age > MEMORY_IN_SECONDS) this.#buckets.delete(start);
    }
  }
}
