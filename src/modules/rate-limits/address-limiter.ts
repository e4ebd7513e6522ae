import type { RateLimiter } from "../ports";
import { addressKeys, SITE_SHARES } from "./address-key";

/** Makes the counter of one part of a limit, with so many points. */
export type CreateRateLimiter = (part: "address" | "site" | "device", points: number) => RateLimiter;

/**
 * A limit by address. IPv6 is counted twice: by its /64, and with {@link SITE_SHARES} times the points by its /48.
 *
 * An address that is not known is not counted. A count for all such callers would be one that anybody can use up for
 * everybody; and they are unknown only where the operator's proxy says nothing of them, not because they want to be.
 */
export class AddressLimiter {
  readonly #own: RateLimiter;
  readonly #site: RateLimiter;

  constructor(create: CreateRateLimiter, points: number) {
    this.#own = create("address", points);
    this.#site = create("site", points * SITE_SHARES);
  }

  /** Counts one, unless it is one too many. @returns seconds to wait when it is, else 0 */
  async consume(address: string | null): Promise<number> {
    const keys = addressKeys(address);
    if (!keys) return 0;
    // First the address's own: a caller who goes on after a refusal must not use up what others of the site have.
    const ownWait = await consumeOrGiveBack(this.#own, keys.own);
    if (ownWait > 0 || keys.site === null) return ownWait;
    const siteWait = await consumeOrGiveBack(this.#site, keys.site);
    if (siteWait > 0) await this.#own.giveBack(keys.own);
    return siteWait;
  }

  /** Takes one back that was counted. What was refused was not. */
  async giveBack(address: string | null): Promise<void> {
    const keys = addressKeys(address);
    if (!keys) return;
    await this.#own.giveBack(keys.own);
    if (keys.site !== null) await this.#site.giveBack(keys.site);
  }

  /** @returns how much is counted, of the site as far as one of its shares; null for an address that is not known */
  async count(address: string | null): Promise<number | null> {
    const keys = addressKeys(address);
    if (!keys) return null;
    const own = await this.#own.count(keys.own);
    if (keys.site === null) return own;
    return Math.max(own, Math.floor((await this.#site.count(keys.site)) / SITE_SHARES));
  }
}

async function consumeOrGiveBack(limiter: RateLimiter, key: string): Promise<number> {
  const waitInSeconds = await limiter.consume(key);
  if (waitInSeconds > 0) await limiter.giveBack(key);
  return waitInSeconds;
}
