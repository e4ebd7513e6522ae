import { KeyObject } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createRemoteJWKSet, customFetch, errors } from "jose";
import { VerificationError } from "./verification-error";

/** Takes the place of the global `fetch`, for proxies and certificates of one's own. */
export type FetchLike = (url: string, init?: RequestInit) => Promise<Response>;

export interface PublishedKeysOptions {
  readonly jwksUri: URL;
  readonly fetch?: FetchLike | undefined;
}

/** So far apart are two fetches for names that are not known: strangers can make names up. */
const COOLDOWN_IN_MS = 250;
/** Kept twice, as a set and by its id, so that a key that is published no more is good for ten minutes at the most. */
const MAX_AGE_IN_MS = 300_000;
/** More keys than are ever published at once. */
const MAX_KEYS = 32;

/**
 * The issuer's public keys, fetched when first needed, again when a token names a key that is not known, and after ten
 * minutes at the latest. A key that has just been put into use is waited for, so that no good token is refused.
 */
export class PublishedKeys {
  readonly #find: ReturnType<typeof createRemoteJWKSet>;
  readonly #known = new Map<string, { readonly key: KeyObject; readonly untilInMs: number }>();

  constructor({ jwksUri, fetch }: PublishedKeysOptions) {
    this.#find = createRemoteJWKSet(jwksUri, {
      cooldownDuration: COOLDOWN_IN_MS,
      cacheMaxAge: MAX_AGE_IN_MS,
      ...(fetch ? { [customFetch]: (url, init) => fetch(url, init as RequestInit) } : {}),
    });
  }

  /** @returns the ES256 key of that id @throws VerificationError */
  async find(kid: string): Promise<KeyObject> {
    const now = performance.now();
    const known = this.#known.get(kid);
    if (known && known.untilInMs > now) return known.key;
    const key = KeyObject.from(await this.#fetch(kid));
    if (this.#known.size >= MAX_KEYS) this.#known.clear();
    this.#known.set(kid, { key, untilInMs: now + MAX_AGE_IN_MS });
    return key;
  }

  async #fetch(kid: string): Promise<CryptoKey> {
    try {
      return await this.#ask(kid).catch(async (error: unknown) => {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        await sleep(COOLDOWN_IN_MS);
        return this.#ask(kid);
      });
    } catch (cause) {
      const isUnknown =
        cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys;
      throw new VerificationError(isUnknown ? "invalid_token" : "temporarily_unavailable", { cause });
    }
  }

  async #ask(kid: string): Promise<CryptoKey> {
    return this.#find({ alg: "ES256", kid }, { payload: "", signature: "" });
  }
}
